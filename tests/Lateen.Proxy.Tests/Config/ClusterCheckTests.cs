using Google.Protobuf;
using Lateen.Core;
using Lateen.Proxy.Config;
using Lateen.Proxy.Config.Decode;
using ClusterProto = Envoy.Config.Cluster.V3.Cluster;

namespace Lateen.Proxy.Tests.Config;

/// <summary>Goal: what fields of clusters may not say together is refused, and types by extension are the older
/// ones.</summary>
public sealed class ClusterCheckTests
{
    private const string Header =
        "name: x\nconnect_timeout: 1s\nload_assignment: {cluster_name: x, endpoints: [{lb_endpoints: [{endpoint: "
        + "{address: {socket_address: {address: 127.0.0.1, port_value: 80}}}}]}]}\n";

    private const string RoundRobin = "{policies: [{typed_extension_config: {name: r, typed_config: {\"@type\": "
        + "type.googleapis.com/envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin}}}]}";

    private const string Policies = "type.googleapis.com/envoy.extensions.load_balancing_policies.";

    [Theory]
    [InlineData("lb_policy: LOAD_BALANCING_POLICY_CONFIG", "field load_balancing_policy need to be set")]
    [InlineData("lb_subset_config: {subset_selectors: [{keys: [v]}]}\nload_balancing_policy: " + RoundRobin,
        "load_balancing_policy cannot be combined with lb_subset_config")]
    [InlineData("lb_subset_config: {subset_selectors: [{keys: [v], fallback_policy: KEYS_SUBSET, "
        + "fallback_keys_subset: [v]}]}", "fallback_keys_subset cannot be equal to keys")]
    [InlineData("lb_subset_config: {subset_selectors: [{keys: [v], fallback_policy: KEYS_SUBSET}]}",
        "fallback_keys_subset cannot be empty")]
    [InlineData("eds_cluster_config: {eds_config: {ads: {}}}", "eds_cluster_config set in a non-EDS cluster")]
    [InlineData("outlier_detection: {base_ejection_time: 60s, max_ejection_time: 30s}",
        "max_ejection_time cannot be smaller than base_ejection_time")]
    [InlineData("circuit_breakers: {per_host_thresholds: [{max_requests: 1}]}",
        "Unsupported field in per_host_thresholds")]
    [InlineData("upstream_bind_config: {source_address: {address: 127.0.0.1, port_value: 0}, extra_source_addresses: "
        + "[{address: {address: 127.0.0.2, port_value: 0}}]}", "two same IP version source addresses")]
    [InlineData("health_checks: [{timeout: 1s, interval: 1s, unhealthy_threshold: 1, healthy_threshold: 1, "
        + "http_health_check: {path: /, send: {text: \"00\"}}}]", "cannot specify a request payload with method 'GET'")]
    public void Decode_FieldsThatDoNotAgree_Refuses(string yaml, string expected)
    {
        var context = new DecodeContext { Resources = TestResources.Create(), IsStatic = true };

        ClusterDecoder.Decode(Read(Header + yaml), false, "c", context);

        Assert.Contains(context.Errors, error => error.Message.Contains(expected, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{name: envoy.cluster.static}", "Static")]
    [InlineData("{name: envoy.clusters.dns, typed_config: {\"@type\": "
        + "type.googleapis.com/envoy.extensions.clusters.dns.v3.DnsCluster, dns_refresh_rate: 3s}}", "StrictDns")]
    [InlineData("{name: envoy.clusters.dns, typed_config: {\"@type\": type.googleapis.com/"
        + "envoy.extensions.clusters.dns.v3.DnsCluster, all_addresses_in_single_endpoint: true}}", "LogicalDns")]
    public void Decode_TypeByExtension_IsTheOlderType(string type, string expected)
    {
        var context = new DecodeContext { Resources = TestResources.Create(), IsStatic = true };

        var config = ClusterDecoder.Decode(Read($"{Header}cluster_type: {type}"), false, "c", context);

        Assert.Empty(context.Errors);
        Assert.Equal(expected, config!.Type.ToString());
    }

    [Fact]
    public void Decode_OverrideHost_KeepsSourcesAndFallback()
    {
        var context = new DecodeContext { Resources = TestResources.Create(), IsStatic = true };

        var config = ClusterDecoder.Decode(Read(
            $"{Header}load_balancing_policy: {{policies: [{{typed_extension_config: {{name: o, typed_config: "
            + $"{{\"@type\": {Policies}override_host.v3.OverrideHost, override_host_sources: [{{header: x-h}}], "
            + $"fallback_policy: {RoundRobin}}}}}}}]}}"), false, "c", context);

        Assert.Empty(context.Errors);
        Assert.Single(config!.LoadBalancer.OverrideSources);
        Assert.Equal(Lateen.Proxy.Clusters.LoadBalancerPolicy.RoundRobin, config.LoadBalancer.Policy);
    }

    private static ClusterProto Read(string yaml)
    {
        var cluster = new ClusterProto();
        var errors = new List<ConfigError>();
        BootstrapReader.ReadJson(yaml, cluster, errors);
        Assert.Empty(errors);
        return ClusterProto.Parser.ParseFrom(cluster.ToByteArray());
    }
}
