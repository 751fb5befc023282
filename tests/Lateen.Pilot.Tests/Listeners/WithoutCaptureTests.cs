using Envoy.Config.Listener.V3;
using Envoy.Config.Route.V3;
using Google.Protobuf.Collections;
using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Listeners;
using Lateen.Pilot.Model;
using Lateen.Pilot.Tests.Model;

namespace Lateen.Pilot.Tests.Listeners;

/// <summary>Proxies without capture that share a machine's loopback: every listener stands at an address of their
/// own.</summary>
public sealed class WithoutCaptureTests
{
    private const string Own = "127.70.0.5";
    private const string Egress = "127.70.64.5";
    private readonly MeshBuilder _mesh = new();
    private readonly TrafficQueries _traffic;

    public WithoutCaptureTests()
    {
        _traffic = new TrafficQueries(_mesh.Model);
        _mesh.Service("shop", "cart");
        _mesh.Service("shop", "web", port: 9080, clusterIp: "10.0.0.2");
    }

    [Fact]
    public void Sidecar_WithHttpProxy_ReachesServicesOfAllPortsByTheirPort()
    {
        AddSidecar();
        var group = Group(MeshBuilder.Sidecar("shop", Own));

        var listeners = _traffic.Listeners(_mesh.Context, group);
        var route = _traffic.Route(_mesh.Context, group, "15080");

        Assert.Equal([Own, Egress], listeners.Select(AddressOf).Order());
        Assert.Contains("web:9080", DomainsOf(route, "web.shop.svc.cluster.local:9080"));
        Assert.Contains("cart", DomainsOf(route, "cart.shop.svc.cluster.local:80"));
        Assert.False(route.IgnorePortInHostMatching);
    }

    [Theory]
    [InlineData(Own, Own)]
    [InlineData("127.0.0.1", "0.0.0.0")]
    [InlineData("10.1.2.3", "0.0.0.0")]
    public void Gateway_ListensWhereItIsAloneWithItsPorts(string address, string expected)
    {
        _mesh.Add(ObjectKind.Gateway, "shop", "edge", new Gateway
        {
            Selector = { ["app"] = "edge" },
            Servers =
                { new Server { Port = new Port { Number = 8080, Name = "http", Protocol = "HTTP" }, Hosts = { "*" } } },
        });
        var gateway = MeshBuilder.Sidecar("shop", address, new() { ["app"] = "edge" }) with { Type = ProxyType.Router };

        Assert.Equal(expected, AddressOf(Assert.Single(_traffic.Listeners(_mesh.Context, Group(gateway)))));
    }

    private void AddSidecar() => _mesh.Add(ObjectKind.Sidecar, "shop", "pod", new Sidecar
    {
        Ingress =
        {
            new IstioIngressListener
            {
                Port = new SidecarPort { Number = 9080, Name = "http", Protocol = "HTTP" },
                Bind = Own,
                CaptureMode = CaptureMode.None,
                DefaultEndpoint = "127.0.0.1:20001",
            },
        },
        Egress =
        {
            new IstioEgressListener
            {
                Port = new SidecarPort { Number = 15080, Name = "proxy", Protocol = "HTTP_PROXY" },
                Bind = Egress,
                CaptureMode = CaptureMode.None,
                Hosts = { "*/*" },
            },
        },
    });

    private ProxyGroup Group(Proxy proxy) => _mesh.Model.Proxies.GroupOf(_mesh.Context, proxy with
    {
        Settings = proxy.Settings with { InterceptionMode = InterceptionMode.None },
    });

    private static string AddressOf(Listener listener) => listener.Address.SocketAddress.Address;

    private static RepeatedField<string> DomainsOf(RouteConfiguration route, string host) =>
        route.VirtualHosts.Single(h => h.Name == host).Domains;
}
