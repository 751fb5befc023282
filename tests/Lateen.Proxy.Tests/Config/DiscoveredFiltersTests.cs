using Envoy.Config.Core.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Google.Protobuf;
using Lateen.Proxy.Config;
using Lateen.Proxy.Config.Decode;
using Lateen.Proxy.Discovery;
using Lateen.Proxy.Listeners;
using Lateen.Proxy.Rbac;
using Lateen.Xds;
using ListenerProto = Envoy.Config.Listener.V3.Listener;

namespace Lateen.Proxy.Tests.Config;

/// <summary>Network and listener filters whose configuration is discovered, and secrets of a wrong kind.</summary>
public sealed class DiscoveredFiltersTests : IDisposable
{
    private const string Rbac = "type.googleapis.com/envoy.extensions.filters.network.rbac.v3.RBAC";
    private const string Direct = "type.googleapis.com/envoy.extensions.filters.network.direct_response.v3.Config";
    private const string Tls = "type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector";
    private const string Last = $"{{name: d, typed_config: {{'@type': {Direct}, response: {{inline_string: x}}}}}}";

    private readonly ConfigurationManager _manager = new(TestResources.Create(), TimeProvider.System);

    // What is discovered goes to those that are in use.
    private readonly List<Listener> _listeners = [];

    public void Dispose() => _manager.Dispose();

    [Fact]
    public void NetworkFilter_ThatIsDiscovered_FollowsItsName()
    {
        var listener = Decode($"filters: [{Discovered("n", Rbac)}, {Last}]");
        var slot = ((DiscoveredNetworkConfig)listener.AllFilterChains[0].Filters[0]).Slot;
        Assert.False(slot.IsSettled);

        var outcome = Apply("n", $"{{'@type': {Rbac}, stat_prefix: a}}");

        Assert.True(outcome.IsAccepted, string.Join("; ", outcome.Errors));
        Assert.True(slot.IsSettled);
        Assert.IsType<RbacNetworkFilterConfig>(slot.Active);
        _manager.Apply(TypeUrls.TypedExtensionConfig, [], ["n"]);
        Assert.Null(slot.Active);
    }

    [Fact]
    public void NetworkFilter_OfAnotherType_IsRefused()
    {
        Decode($"filters: [{Discovered("n", Rbac)}, {Last}]");

        var outcome = Apply("n", $"{{'@type': {Direct}}}");

        Assert.Contains("but expect envoy.extensions.filters.network.rbac.v3.RBAC.", outcome.Errors[0].Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void NetworkFilter_ThatEndsTheChain_MustBeTheLast()
    {
        Decode($"filters: [{Discovered("n", Direct)}, {Last}]");
        Assert.False(Apply("n", $"{{'@type': {Direct}}}").IsAccepted);

        Decode($"filters: [{Discovered("m", Direct)}]");
        Assert.True(Apply("m", $"{{'@type': {Direct}}}").IsAccepted);
    }

    [Fact]
    public void ListenerFilter_ThatIsDiscovered_FollowsItsName()
    {
        var listener = Decode($"filters: [{Last}]", $"listener_filters: [{Discovered("l", Tls)}],");
        var slot = listener.ListenerFilters[0].Slot!;
        Assert.Null(slot.Active);

        Assert.True(Apply("l", $"{{'@type': {Tls}}}").IsAccepted);

        Assert.Equal(ListenerFilterKind.TlsInspector, slot.Active!.Kind);
        Assert.Equal("extension_config_discovery.tcp_listener_filter.l.", slot.StatPrefix);
    }

    [Fact]
    public void Secret_OfAnotherKindThanAskedFor_IsRefused()
    {
        _manager.Resources.Secrets.GetCertificate("crt", DiscoverySource.Ads);
        var generic = TestResources.Read<Secret>("{name: crt, generic_secret: {secret: {inline_string: x}}}");

        var outcome = Assert.Single(_manager.Apply(TypeUrls.Secret, [("crt", "1", generic.ToByteString())], []));

        Assert.Contains("incomplete private key", outcome.Errors[0].Message, StringComparison.Ordinal);
    }

    private static string Discovered(string name, string type) =>
        $"{{name: {name}, config_discovery: {{config_source: {{ads: {{}}}}, type_urls: ['{type}']}}}}";

    private Listener Decode(string chain, string more = "")
    {
        var proto = TestResources.Read<ListenerProto>($"{{name: l, {more} address: {{socket_address: "
            + $"{{address: 127.0.0.1, port_value: 0}}}}, filter_chains: [{{{chain}}}]}}");
        var context = new DecodeContext { Resources = _manager.Resources };
        var listener = ListenerDecoder.Decode(proto, null, "", context);
        Assert.Empty(context.Errors);
        _listeners.Add(listener!);
        return listener!;
    }

    private ResourceOutcome Apply(string name, string config)
    {
        var proto = TestResources.Read<TypedExtensionConfig>($"{{name: {name}, typed_config: {config}}}");
        return Assert.Single(
            _manager.Apply(TypeUrls.TypedExtensionConfig, [(name, "1", proto.ToByteString())], []));
    }
}
