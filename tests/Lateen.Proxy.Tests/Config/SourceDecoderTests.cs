using Envoy.Config.Bootstrap.V3;
using Lateen.Proxy.Config.Decode;

namespace Lateen.Proxy.Tests.Config;

/// <summary>Sources of a bootstrap that cannot be, and such that can.</summary>
public sealed class SourceDecoderTests
{
    private const string Grpc = "api_type: GRPC, transport_api_version: V3";
    private const string Service = "grpc_services: [{envoy_grpc: {cluster_name: xds}}]";

    [Theory]
    [InlineData($"api_config_source: {{{Grpc}, {Service}, cluster_names: [xds]}}", "must not have a cluster name")]
    [InlineData($"api_config_source: {{api_type: GRPC, transport_api_version: V2, {Service}}}", "V2 is not supported")]
    [InlineData($"api_config_source: {{{Grpc}, grpc_services: [{{envoy_grpc: {{cluster_name: gone}}}}]}}",
        "Unknown gRPC client cluster 'gone'")]
    [InlineData($"api_config_source: {{{Grpc}, grpc_services: [{{envoy_grpc: {{cluster_name: xds, retry_policy: "
        + "{retry_back_off: {base_interval: 1s, max_interval: 0.1s}}}}]}", "max_interval")]
    [InlineData($"api_config_source: {{{Grpc}, {Service}}}, initial_fetch_timeout: -1s", "Expected positive duration")]
    [InlineData("self: {}", "no source around")]
    [InlineData("ads: {}", "ADS is not configured")]
    [InlineData("path_config_source: {path: /dev/null, watched_directory: {path: /no/such/folder}}", "no such folder")]
    public void Source_ThatCannotBe_IsRefused(string source, string error) =>
        Assert.Contains(Decode(source), text => text.Contains(error, StringComparison.Ordinal));

    [Theory]
    [InlineData($"api_config_source: {{{Grpc}, {Service}}}")]
    [InlineData("path_config_source: {path: /dev/null, watched_directory: {path: /dev}}")]
    public void Source_ThatCanBe_IsTaken(string source) => Assert.Empty(Decode(source));

    private static List<string> Decode(string source)
    {
        var bootstrap = TestResources.Read<Bootstrap>($"{{static_resources: {{clusters: [{{name: xds}}]}}, "
            + $"dynamic_resources: {{cds_config: {{{source}}}}}}}");
        var context = new DecodeContext { Resources = TestResources.Create() };
        SourceDecoder.DecodeFirst(bootstrap.DynamicResources.CdsConfig, bootstrap, "cds", context);
        return [.. context.Errors.Select(item => item.Message)];
    }
}
