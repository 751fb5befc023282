using Envoy.Config.Bootstrap.V3;
using Envoy.Config.Cluster.V3;
using Envoy.Config.Endpoint.V3;
using Google.Protobuf;
using Lateen.Proxy.Config;
using Lateen.Xds;

namespace Lateen.Proxy.Tests.Config;

/// <summary>Which clusters an assignment goes to, and how long it is kept.</summary>
public sealed class AssignmentTests : IDisposable
{
    private readonly ConfigurationManager _manager = new(TestResources.Create(), TimeProvider.System);

    public AssignmentTests() => Assert.Empty(_manager.ApplyBootstrap(TestResources.Read<Bootstrap>(
        "dynamic_resources: {ads_config: {api_type: GRPC, grpc_services: [{envoy_grpc: {cluster_name: x}}]}}\n"
        + "static_resources: {clusters: [{name: x, connect_timeout: 1s}]}")));

    [Fact]
    public void Assignment_WantedByTwoClusters_GoesToBothAndStaysForOne()
    {
        Clusters(("a", "s"), ("b", "s"), ("c", "other"));
        Assign("s", "10.0.0.1");

        Assert.Equal("10.0.0.1:80", HostOf("a"));
        Assert.Equal("10.0.0.1:80", HostOf("b"));
        Assert.True(_manager.Clusters.IsWarming);

        Remove("a");
        Assert.Contains("s", _manager.Clusters.Assignments.Keys);
        Assign("s", "10.0.0.2");
        Assert.Equal("10.0.0.2:80", HostOf("b"));

        Remove("b");
        Assert.Empty(_manager.Clusters.Assignments);
        Remove("c");
        Assert.False(_manager.Clusters.IsWarming);
    }

    [Fact]
    public void Assignment_OfAClusterThatTookAnother_IsForgotten()
    {
        Clusters(("a", "s"));
        Assign("s", "10.0.0.1");
        Clusters(("a", "t"));
        Assert.Equal("10.0.0.1:80", HostOf("a"));

        Assign("t", "10.0.0.2");

        Assert.Equal("10.0.0.2:80", HostOf("a"));
        Assert.Equal(["t"], _manager.Clusters.Assignments.Keys);
        Assign("s", "10.0.0.3");
        Assert.Equal("10.0.0.2:80", HostOf("a"));
    }

    public void Dispose() => _manager.Dispose();

    private string? HostOf(string cluster) =>
        _manager.Clusters.Entries[cluster].Active?.Hosts.Hosts.Single().Address.ToString();

    private void Clusters(params (string Name, string Service)[] clusters) => Apply(TypeUrls.Cluster, clusters.Select(
        cluster => (cluster.Name, (IMessage)TestResources.Read<Cluster>(
            $"{{name: {cluster.Name}, type: EDS, connect_timeout: 1s, eds_cluster_config: "
            + $"{{service_name: {cluster.Service}, eds_config: {{ads: {{}}}}}}}}"))));

    private void Assign(string service, string address) => Apply(TypeUrls.ClusterLoadAssignment,
    [
        (service, TestResources.Read<ClusterLoadAssignment>(
            $"{{cluster_name: {service}, endpoints: [{{lb_endpoints: [{{endpoint: {{address: "
            + $"{{socket_address: {{address: {address}, port_value: 80}}}}}}}}]}}]}}")),
    ]);

    private void Apply(string typeUrl, IEnumerable<(string Name, IMessage Body)> resources) =>
        Assert.All(
            _manager.Apply(typeUrl, resources.Select(r => (r.Name, "1", r.Body.ToByteString())), []),
            outcome => Assert.True(outcome.IsAccepted));

    private void Remove(string name) => _manager.Apply(TypeUrls.Cluster, [], [name]);
}
