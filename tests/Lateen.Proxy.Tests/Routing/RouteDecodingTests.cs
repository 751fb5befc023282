using Envoy.Config.Route.V3;
using Lateen.Proxy.Config.Decode;

namespace Lateen.Proxy.Tests.Routing;

/// <summary>What routes must not say, by the message that tells it.</summary>
public sealed class RouteDecodingTests
{
    [Theory]
    [InlineData("route: {weighted_clusters: {clusters: [{name: a, cluster_header: x, weight: 1}]}}",
        "Only one of name")]
    [InlineData("route: {weighted_clusters: {clusters: [{weight: 1}]}}", "At least one of name or cluster_header")]
    [InlineData("route: {cluster: a, prefix_rewrite: \"/x\\n\"}", "no header may have")]
    [InlineData("route: {cluster: a, host_rewrite_literal: \"x\\n\"}", "no header may have")]
    [InlineData("redirect: {path_redirect: \"/x\\r\"}", "no header may have")]
    [InlineData("redirect: {response_code: 9}", "defined enum values")]
    [InlineData("redirect: {path_rewrite: \"%NO%\"}", "NO")]
    [InlineData("route: {cluster: a, timeout: -1s}", "Invalid duration")]
    [InlineData("route: {cluster: a, hash_policy: [{}]}", "a policy with a name is required")]
    [InlineData("route: {cluster: a, hash_policy: [{cookie: {name: \"\"}}]}", "a policy with a name is required")]
    [InlineData("route: {cluster: a, upgrade_configs: [{upgrade_type: a}, {upgrade_type: A}]}", "Duplicate upgrade")]
    [InlineData("route: {cluster: a, upgrade_configs: [{upgrade_type: a, connect_config: {}}]}", "Non-CONNECT")]
    [InlineData("route: {cluster: a, request_mirror_policies: [{}]}", "Exactly one of cluster or cluster_header")]
    [InlineData("route: {cluster: a, request_mirror_policies: [{cluster: a, cluster_header: b}]}",
        "Only one of cluster")]
    [InlineData("route: {cluster: a, retry_policy: {retry_back_off: {max_interval: 1s}}}",
        "base_interval greater than")]
    [InlineData("route: {cluster: a, retry_policy: {retry_back_off: {base_interval: 0.0001s}}}", null)]
    [InlineData("route: {cluster: a, retry_policy: {retry_back_off: {base_interval: 2s, max_interval: 1s}}}",
        "retry_policy.max_interval")]
    [InlineData("route: {cluster: a, retry_policy: {rate_limited_retry_back_off: {}}}", "at least one header")]
    [InlineData("route: {cluster: a}, decorator: {operation: \"\"}", "at least 1 characters")]
    [InlineData("route: {cluster_specifier_plugin: p}", "Unknown cluster specifier plugin name: p")]
    [InlineData("route: {cluster: a}, request_headers_to_add: [{header: {key: a, value: b}, append: true, "
        + "append_action: ADD_IF_ABSENT}]", "Both append and append_action")]
    public void Route_WithFields_LoadsOrTellsWhy(string fields, string? expected)
    {
        var errors = Load($"""
            virtual_hosts:
            - name: v
              domains: ["*"]
              routes: [{"{"}match: {"{"}prefix: /{"}"}, {fields}{"}"}]
            """, false);

        AssertTold(expected, errors);
    }

    [Theory]
    [InlineData("virtual_clusters: [{headers: [{name: a, present_match: true}]}]", "a name is required")]
    [InlineData("virtual_clusters: [{name: a}]", "virtual clusters must define 'headers'")]
    [InlineData("request_mirror_policies: [{cluster: missing}]", "route: unknown shadow cluster 'missing'")]
    public void VirtualHost_WithFields_LoadsOrTellsWhy(string fields, string expected)
    {
        var errors = Load($"""
            virtual_hosts: [{"{"}name: v, domains: ["*"], {fields}{"}"}]
            """, true);

        AssertTold(expected, errors);
    }

    private static List<Lateen.Core.ConfigError> Load(string yaml, bool isStatic)
    {
        var context = new DecodeContext { Resources = TestResources.Create(), IsStatic = isStatic };
        RouteDecoder.Decode(TestResources.Read<RouteConfiguration>(yaml), "", context);
        return context.Errors;
    }

    private static void AssertTold(string? expected, List<Lateen.Core.ConfigError> errors)
    {
        if (expected is null)
        {
            Assert.Empty(errors);
        }
        else
        {
            Assert.Contains(errors, error => error.Message.Contains(expected, StringComparison.Ordinal));
        }
    }
}
