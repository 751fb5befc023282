using Envoy.Config.Bootstrap.V3;
using Lateen.Proxy.Config;

namespace Lateen.Proxy.Tests.Config;

/// <summary>Names of the form <c>xdstp://</c> are refused where they stand.</summary>
public sealed class LocatorTests
{
    [Theory]
    [InlineData("dynamic_resources: {lds_resources_locator: 'xdstp://a/envoy.config.listener.v3.Listener/*'}")]
    [InlineData("dynamic_resources: {cds_resources_locator: 'xdstp://a/envoy.config.cluster.v3.Cluster/*'}")]
    [InlineData("config_sources: [{ads: {}}]")]
    [InlineData("default_config_source: {ads: {}}")]
    [InlineData("""
        static_resources: {clusters: [{name: a, type: EDS, connect_timeout: 1s, eds_cluster_config:
          {service_name: 'xdstp://a/envoy.config.endpoint.v3.ClusterLoadAssignment/b', eds_config: {ads: {}}}}]}
        """)]
    public void Bootstrap_WithALocator_IsRefused(string yaml)
    {
        using var manager = new ConfigurationManager(TestResources.Create(), TimeProvider.System);

        var errors = manager.ApplyBootstrap(TestResources.Read<Bootstrap>(yaml));

        Assert.Contains(errors, error => error.Message.Contains("xdstp://", StringComparison.Ordinal));
    }
}
