using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Clusters;
using Lateen.Pilot.Model;
using Lateen.Pilot.Serving;
using Lateen.Pilot.Tests.Model;
using Lateen.Xds;

namespace Lateen.Pilot.Tests.Serving;

public sealed class PilotEngineTests
{
    private const string Cart = "outbound|80||cart.shop.svc.cluster.local";
    private readonly MeshBuilder _mesh = new();
    private readonly PilotEngine _engine;

    public PilotEngineTests()
    {
        _engine = new PilotEngine(_mesh.Model, [new ClusterGenerator(new ClusterQueries(_mesh.Model))]);
        _mesh.Service("shop", "cart");
        _mesh.Service("shop", "web", clusterIp: "10.0.0.2");
        _mesh.Pod("shop", "cart-1", "10.1.0.5", "cart");
        _mesh.Pod("shop", "web-1", "10.1.0.6", "web");
    }

    [Fact]
    public void Connect_Sidecar_GetsOutboundAndItsOwnInbound()
    {
        var served = Connect("shop", "10.1.0.5");

        var names = Names(served, TypeUrls.Cluster);

        Assert.Equal(
            [
                "BlackHoleCluster", "InboundPassthroughCluster", "PassthroughCluster", "inbound|8080||", Cart,
                "outbound|80||web.shop.svc.cluster.local",
            ],
            names.Order(StringComparer.Ordinal));
        Assert.NotNull(served.Resources[TypeUrls.ClusterLoadAssignment].Find(Cart));
    }

    [Fact]
    public void Connect_AnotherNamespace_SharesTheOutboundBytes()
    {
        var one = Connect("shop", "10.1.0.5");
        var runs = _mesh.Graph.Counters.Runs;

        var two = Connect("bank", "10.9.9.9");

        Assert.Same(
            one.Resources[TypeUrls.Cluster].Find(Cart), two.Resources[TypeUrls.Cluster].Find(Cart));
        Assert.DoesNotContain("inbound|8080||", Names(two, TypeUrls.Cluster));
        // Its group and its own inbound part, nothing that grows with the mesh.
        Assert.InRange(_mesh.Graph.Counters.Runs - runs, 1, 12);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(200)]
    public void Push_EndpointArrives_ChangesOneAssignment(int services)
    {
        for (var i = 0; i < services; i++)
        {
            _mesh.Service("more", $"s{i}", clusterIp: $"10.2.{i / 200}.{i % 200}");
        }
        var served = Connect("shop", "10.1.0.5");
        var clusters = served.Resources[TypeUrls.Cluster].Revision;
        var runs = _mesh.Graph.Counters.Runs;

        _mesh.Pod("shop", "cart-2", "10.1.0.7", "cart");
        var changed = _engine.Push();

        Assert.Equal(1, changed);
        Assert.Equal(clusters, served.Resources[TypeUrls.Cluster].Revision);
        // Endpoints, identities, the assignment and the list of assignments; however many services there are.
        Assert.InRange(_mesh.Graph.Counters.Runs - runs, 3, 6);
    }

    [Fact]
    public void Push_RuleChanges_ChangesClustersOfItsHostOnly()
    {
        var served = Connect("bank", "10.9.9.9");

        _mesh.Rule("shop", "cart", "cart", r =>
            r.Subsets.Add(new Subset { Name = "v1", Labels = { ["version"] = "v1" } }));
        var changed = _engine.Push();

        Assert.Contains("outbound|80|v1|cart.shop.svc.cluster.local", Names(served, TypeUrls.Cluster));
        // The cluster, its subset, and the subset's endpoints.
        Assert.Equal(3, changed);
    }

    [Fact]
    public void Push_NothingRelevant_ChangesNothing()
    {
        Connect("shop", "10.1.0.5");

        _mesh.Add(ObjectKind.ConfigMap, "shop", "x", new Lateen.Kubernetes.Objects.ConfigMap());

        Assert.Equal(0, _engine.Push());
    }

    [Fact]
    public void Push_ServiceThatCannotBeBuilt_IsLeftOutAlone()
    {
        var served = Connect("bank", "10.9.9.9");

        // Mutual TLS without certificates has no meaning; validation would refuse it, here it slipped through.
        _mesh.Rule("shop", "cart", "cart", r => r.TrafficPolicy = new TrafficPolicy
        {
            Tls = new ClientTLSSettings { Mode = ClientTLSSettings.Types.TLSmode.Mutual },
        });
        _engine.Push();

        Assert.DoesNotContain(Cart, Names(served, TypeUrls.Cluster));
        Assert.Contains("outbound|80||web.shop.svc.cluster.local", Names(served, TypeUrls.Cluster));
        Assert.Contains("cart.shop.svc.cluster.local", Assert.Single(served.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Push_SidecarObjectArrives_MovesItsProxiesOnly()
    {
        var moved = new List<string>();
        var inShop = _engine.Connect(MeshBuilder.Sidecar("shop", "10.1.0.5"), t => moved.Add("shop " + t));
        _engine.Connect(MeshBuilder.Sidecar("bank", "10.9.9.9"), t => moved.Add("bank " + t));

        _mesh.Add(ObjectKind.Sidecar, "shop", "narrow", new Sidecar
        {
            Egress = { new IstioEgressListener { Hosts = { "./cart.shop.svc.cluster.local" } } },
        });
        _engine.Push();

        Assert.Equal(
            ["shop " + TypeUrls.Cluster, "shop " + TypeUrls.ClusterLoadAssignment],
                moved.Order(StringComparer.Ordinal));
        Assert.DoesNotContain("outbound|80||web.shop.svc.cluster.local", Names(inShop, TypeUrls.Cluster));
    }

    [Fact]
    public void Disconnect_LastProxy_LetsTheSetsGo()
    {
        var one = Connect("shop", "10.1.0.5");
        var two = Connect("shop", "10.1.0.5");
        Assert.Equal(3, _engine.SetCount);

        _engine.Disconnect(one);
        Assert.Equal(3, _engine.SetCount);
        _engine.Disconnect(two);

        Assert.Equal(0, _engine.SetCount);
        Assert.Empty(_engine.Proxies);
    }

    [Fact]
    public void Disconnect_ManyProxiesOverTime_LeavesNoResultsBehind()
    {
        Connect("shop", "10.1.0.5");
        var nodes = _mesh.Graph.NodeCount;

        for (var i = 0; i < 2 * PilotEngine.GoneMax; i++)
        {
            _engine.Disconnect(Connect("shop", $"10.8.{i / 250}.{i % 250}"));
        }

        Assert.InRange(_mesh.Graph.NodeCount, nodes - 5, nodes + 5);
    }

    private ServedProxy Connect(string @namespace, string ip)
        => _engine.Connect(MeshBuilder.Sidecar(@namespace, ip), _ => { });

    private static IEnumerable<string> Names(ServedProxy served, string typeUrl)
        => served.Resources[typeUrl].GetAll().Select(r => r.Name);
}
