using Istio.Networking.V1Alpha3;
using Istio.Security.V1Beta1;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Tests.Model;

public sealed class MeshModelTests
{
    private static readonly ServiceKey _cart = new("cart.shop.svc.cluster.local", "shop");
    private readonly MeshBuilder _mesh = new();

    [Fact]
    public void Endpoints_WithoutSlices_AreTheSelectedPods()
    {
        _mesh.Service("shop", "cart");
        _mesh.Pod("shop", "cart-1", "10.1.0.5", "cart");
        _mesh.Pod("shop", "other-1", "10.1.0.6", "other");
        _mesh.Pod("elsewhere", "cart-2", "10.1.0.7", "cart");

        var endpoint = Assert.Single(_mesh.Model.Endpoints.Get(_mesh.Context, _cart));

        Assert.Equal("10.1.0.5", endpoint.Address);
        Assert.Equal(8080, endpoint.Port);
        Assert.True(endpoint.MutualTls);
        Assert.Equal("spiffe://cluster.local/ns/shop/sa/cart", endpoint.Identity);
    }

    [Fact]
    public void Endpoints_PodArrives_LeavesTheServiceAndTheViewsAlone()
    {
        _mesh.Service("shop", "cart");
        _mesh.Pod("shop", "cart-1", "10.1.0.5", "cart");
        var key = new ScopeKey(ScopeKey.AnyNamespace);
        _mesh.Model.Scopes.Get(_mesh.Context, key);
        _mesh.Model.Services.Get(_mesh.Context, _cart);
        _mesh.Model.Endpoints.Identities(_mesh.Context, _cart);
        var runs = new List<string>();
        _mesh.Graph.RunObserver = runs.Add;

        _mesh.Pod("shop", "cart-2", "10.1.0.6", "cart");
        _mesh.Model.Scopes.Get(_mesh.Context, key);
        _mesh.Model.Services.Get(_mesh.Context, _cart);
        _mesh.Model.Endpoints.Identities(_mesh.Context, _cart);

        Assert.Equal(["endpoints(cart.shop.svc.cluster.local@shop)",
            "serviceIdentities(cart.shop.svc.cluster.local@shop)"], runs);
        Assert.Equal(2, _mesh.Model.Endpoints.Get(_mesh.Context, _cart).Count);
    }

    [Fact]
    public void Service_ExportedToItsNamespace_IsSeenThereOnly()
    {
        _mesh.Service("shop", "cart", exportTo: ".");
        _mesh.Service("shop", "web");

        Assert.Equal(
            ["cart.shop.svc.cluster.local", "web.shop.svc.cluster.local"],
            Hosts("shop"));
        Assert.Equal(["web.shop.svc.cluster.local"], Hosts("bank"));
    }

    [Fact]
    public void View_OfNamespacesThatNothingTellsApart_IsShared()
    {
        _mesh.Service("shop", "cart");
        _mesh.Rule("shop", "cart", "cart");
        _mesh.Service("bank", "till", exportTo: ".");

        Assert.Equal(ScopeKey.AnyNamespace, View("shop"));
        Assert.Equal(ScopeKey.AnyNamespace, View("unheard-of"));
        Assert.Equal("bank", View("bank"));

        // A rule about somebody else's service sets its namespace apart.
        _mesh.Rule("shop", "till", "till.bank.svc.cluster.local");
        Assert.Equal("shop", View("shop"));
    }

    [Fact]
    public void Sidecar_Egress_ImportsHostsAndWhatTheirRoutesNeed()
    {
        _mesh.Service("shop", "cart");
        _mesh.Service("shop", "web");
        _mesh.Service("bank", "till");
        _mesh.Service("bank", "vault");
        var route = new HTTPRoute();
        var till = new Destination { Host = "till.bank.svc.cluster.local" };
        route.Route.Add(new HTTPRouteDestination { Destination = till });
        _mesh.Add(ObjectKind.VirtualService, "shop", "web", new VirtualService { Hosts = { "web" }, Http = { route } });
        _mesh.Add(ObjectKind.Sidecar, "shop", "narrow", new Sidecar
        {
            Egress = { new IstioEgressListener { Hosts = { "./web.shop.svc.cluster.local" } } },
        });

        var scope = _mesh.Model.Scopes.Get(
            _mesh.Context, _mesh.Model.Scopes.KeyOf(_mesh.Context, ProxyType.Sidecar, "shop", Labels.Empty));

        Assert.Equal(
            ["web.shop.svc.cluster.local", "till.bank.svc.cluster.local"],
            scope.Services.Items.Select(s => s.Key.Hostname));
        Assert.Equal("web", Assert.Single(Assert.Single(scope.Listeners).VirtualServices).Key.Name);
    }

    [Fact]
    public void DestinationRule_IsLookedForInClientThenServiceThenRoot()
    {
        _mesh.Service("shop", "cart");
        _mesh.Rule("istio-system", "root", "*.local");
        Assert.Equal("root", RuleFor("bank"));

        _mesh.Rule("shop", "own", "cart");
        Assert.Equal("own", RuleFor("bank"));

        _mesh.Rule("bank", "client", "*.shop.svc.cluster.local");
        Assert.Equal("client", RuleFor("bank"));
        Assert.Equal("own", RuleFor("other"));
    }

    [Fact]
    public void DestinationRule_TwoForOneHost_AreMergedOldestFirst()
    {
        _mesh.Service("shop", "cart");
        _mesh.Rule("shop", "b", "cart", r
            => r.Subsets.Add(new Subset { Name = "v1", Labels = { ["version"] = "new" } }), 2);
        _mesh.Rule("shop", "a", "cart.shop.svc.cluster.local", r =>
        {
            r.Subsets.Add(new Subset { Name = "v1", Labels = { ["version"] = "old" } });
            r.Subsets.Add(new Subset { Name = "v2" });
        }, 1);

        var rule = _mesh.Model.DestinationRules.Get(_mesh.Context, "x", Labels.Empty, _cart)!;

        Assert.Equal(["v1", "v2"], rule.Rule.Subsets.Select(s => s.Name));
        Assert.Equal("old", rule.Subset("v1")!.Labels["version"]);
        Assert.Equal(["a", "b"], rule.Sources.Items.Select(s => s.Name));
    }

    [Fact]
    public void DestinationRule_OfAnotherHost_RunsNothingHere()
    {
        _mesh.Service("shop", "cart");
        _mesh.Service("shop", "web");
        RuleFor("bank");
        var runs = new List<string>();
        _mesh.Graph.RunObserver = runs.Add;

        _mesh.Rule("shop", "web", "web");

        Assert.Null(RuleFor("bank"));
        Assert.Empty(runs);
    }

    [Fact]
    public void PeerAuthentication_Levels_AreInherited()
    {
        var labels = Labels.From(new Dictionary<string, string> { ["app"] = "cart" });
        MutualTlsMode Mode(int port) => _mesh.Model.PeerAuthentications.Mode(_mesh.Context, "shop", labels, port);
        Assert.Equal(MutualTlsMode.Permissive, Mode(80));

        _mesh.Add(ObjectKind.PeerAuthentication, "istio-system", "mesh",
            Policy(PeerAuthentication.Types.MutualTLS.Types.Mode.Strict));
        Assert.Equal(MutualTlsMode.Strict, Mode(80));

        var workload = Policy(PeerAuthentication.Types.MutualTLS.Types.Mode.Unset);
        workload.Selector = new Istio.Type.V1Beta1.WorkloadSelector { MatchLabels = { ["app"] = "cart" } };
        workload.PortLevelMtls[80] = new PeerAuthentication.Types.MutualTLS
        {
            Mode = PeerAuthentication.Types.MutualTLS.Types.Mode.Disable,
        };
        _mesh.Add(ObjectKind.PeerAuthentication, "shop", "cart", workload);
        Assert.Equal(MutualTlsMode.Disable, Mode(80));
        Assert.Equal(MutualTlsMode.Strict, Mode(81));
    }

    [Fact]
    public void Group_OfTwoReplicas_IsTheSame()
    {
        _mesh.Service("shop", "cart");
        _mesh.Pod("shop", "cart-1", "10.1.0.5", "cart");
        _mesh.Pod("shop", "cart-2", "10.1.0.6", "cart");
        Dictionary<string, string> one = new() { ["app"] = "cart", ["pod-template-hash"] = "1" };
        Dictionary<string, string> two = new() { ["app"] = "cart", ["pod-template-hash"] = "2" };

        var first = _mesh.Model.Proxies.GroupOf(_mesh.Context, MeshBuilder.Sidecar("shop", "10.1.0.5", one));
        var second = _mesh.Model.Proxies.GroupOf(_mesh.Context, MeshBuilder.Sidecar("shop", "10.1.0.6", two));

        Assert.Equal(first, second);
        Assert.Equal(8080, Assert.Single(first.Instances).EndpointPort);
        Assert.Equal(0, first.Labels.Count);
    }

    [Fact]
    public void Group_LabelThatASelectorTests_TellsApart()
    {
        _mesh.Add(ObjectKind.PeerAuthentication, "shop", "x", new PeerAuthentication
        {
            Selector = new Istio.Type.V1Beta1.WorkloadSelector { MatchLabels = { ["tier"] = "gold" } },
        });

        var gold = Group("gold");
        var iron = Group("iron");

        Assert.NotEqual(gold, iron);
        Assert.Equal(gold.AsClient(keepNamespace: true), iron.AsClient(keepNamespace: true));
    }

    private ProxyGroup Group(string tier) => _mesh.Model.Proxies.GroupOf(
        _mesh.Context, MeshBuilder.Sidecar("shop", "10.9.9.9", new() { ["tier"] = tier }));

    private static PeerAuthentication Policy(PeerAuthentication.Types.MutualTLS.Types.Mode mode)
        => new() { Mtls = new PeerAuthentication.Types.MutualTLS { Mode = mode } };

    private string? RuleFor(string client)
        => _mesh.Model.DestinationRules.Get(_mesh.Context, client, Labels.Empty, _cart)?.Sources[0].Name;

    private IEnumerable<string> Hosts(string @namespace) => _mesh.Model.Scopes
        .Get(_mesh.Context, new ScopeKey(@namespace)).Services.Items.Select(s => s.Key.Hostname).Order();

    private string View(string @namespace)
        => _mesh.Model.Scopes.KeyOf(_mesh.Context, ProxyType.Sidecar, @namespace, Labels.Empty).Namespace;
}
