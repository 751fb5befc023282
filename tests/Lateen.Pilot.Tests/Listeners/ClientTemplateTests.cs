using Envoy.Config.Listener.V3;
using Envoy.Config.Route.V3;
using Google.Protobuf.Collections;
using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Listeners;
using Lateen.Pilot.Model;
using Lateen.Pilot.Routes;
using Lateen.Pilot.Tests.Model;
using Lateen.Xds.Server;
using ServicePort = Istio.Networking.V1Alpha3.ServicePort;

namespace Lateen.Pilot.Tests.Listeners;

/// <summary>What clients of all namespaces share, filled with the names of one: the same as generated for it
/// alone.</summary>
public sealed class ClientTemplateTests
{
    private const string LongName = "a-name-of-the-greatest-length-that-a-label-may-have-0123456789ab";
    private readonly MeshBuilder _mesh = new();
    private readonly TrafficQueries _traffic;

    public ClientTemplateTests()
    {
        _traffic = new TrafficQueries(_mesh.Model);
        _mesh.Service("shop", "cart");
        _mesh.Service("shop", "web", clusterIp: "10.0.0.2", portName: "any");
        _mesh.Service("bank", "ledger", clusterIp: "10.0.0.3");
    }

    [Theory]
    [InlineData("shop", "cart", "v1")]
    [InlineData("s", "", "")]
    [InlineData(LongName, LongName, LongName)]
    public void Listener_ForAClient_IsWhatGenerationForItGives(string @namespace, string service, string revision)
    {
        var group = Group(@namespace, service, revision);
        var templates = _traffic.OutboundResources.Get(_mesh.Context, Client(group)).Resources.Items
            .OfType<ClientTemplate>().ToList();
        var exact = _traffic.OutboundResources.Get(_mesh.Context, group).Resources.Items
            .ToDictionary(resource => resource.Name);

        Assert.NotEmpty(templates);
        Assert.All(templates, template => Assert.Equal(
            Listener.Parser.ParseFrom(exact[template.Name].Body.Span),
            Listener.Parser.ParseFrom(template.For(ClientNames.Of(group)).Body.Span)));
    }

    [Fact]
    public void RouteTable_ForItsOwnNamespace_HasShortNamesAndSharesTheRoutes()
    {
        var table = Table(Group("shop", "", ""));

        var own = table.For(ClientNames.Of(Group("shop", "", "")));

        Assert.Contains("cart", Domains(own, "cart.shop.svc.cluster.local:80"));
        Assert.DoesNotContain("cart", Domains(table, "cart.shop.svc.cluster.local:80"));
        Assert.DoesNotContain("ledger", Domains(own, "ledger.bank.svc.cluster.local:80"));
        Assert.NotEqual(table.Version, own.Version);
        // The head of the table, its last host, one foreign head and the routes of all three.
        Assert.Equal(6, own.Pieces.ToArray().Count(piece => table.Pieces.ToArray().Contains(piece)));
    }

    [Fact]
    public void RouteTable_ForANamespaceWithoutServices_IsTheSharedOne()
    {
        var table = Table(Group("elsewhere", "", ""));

        Assert.Same(table, table.For(ClientNames.Of(Group("elsewhere", "", ""))));
    }

    [Fact]
    public void RouteTable_ShortNameThatIsAHost_GoesToTheHost()
    {
        _mesh.Add(ObjectKind.ServiceEntry, "shop", "plain", new ServiceEntry
        {
            Hosts = { "cart" },
            Resolution = ServiceEntry.Types.Resolution.Static,
            Ports = { new ServicePort { Number = 80, Name = "http", Protocol = "HTTP" } },
        });
        var group = Group("shop", "", "");

        var own = Table(group).For(ClientNames.Of(group));

        Assert.DoesNotContain("cart", Domains(own, "cart.shop.svc.cluster.local:80"));
        Assert.Contains("cart", Domains(own, "cart:80"));
    }

    private ClientTemplate Table(ProxyGroup group) => Assert.IsAssignableFrom<ClientTemplate>(
        _traffic.Routes.Get(_mesh.Context, new RouteKey(Client(group), "80")));

    private ProxyGroup Client(ProxyGroup group) => _traffic.ClientOf(_mesh.Context, group);

    private ProxyGroup Group(string @namespace, string service, string revision)
    {
        return _mesh.Model.Proxies.GroupOf(_mesh.Context, MeshBuilder.Sidecar(@namespace, "10.9.9.9", new()
        {
            ["service.istio.io/canonical-name"] = service,
            ["service.istio.io/canonical-revision"] = revision,
        }));
    }

    private static RepeatedField<string> Domains(XdsResource table, string host)
        => RouteConfiguration.Parser.ParseFrom(table.Body.Span).VirtualHosts.Single(h => h.Name == host).Domains;
}
