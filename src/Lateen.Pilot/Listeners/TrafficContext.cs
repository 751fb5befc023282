using Istio.Mesh.V1Alpha1;
using Istio.Networking.V1Alpha3;
using Istio.Security.V1Beta1;
using Lateen.Pilot.Model;
using Lateen.Pilot.Routes;
using Lateen.Pilot.Security;
using ServicePort = Lateen.Pilot.Model.ServicePort;

namespace Lateen.Pilot.Listeners;

/// <summary>
/// Everything that listeners and routes of a group of proxies are made from. Values and functions read the computation
/// graph, so that what a generator reads is what its result depends on.
/// </summary>
internal sealed record TrafficContext
{
    private readonly Lazy<IReadOnlyList<Service>> _allServices = new([]);
    private readonly Lazy<PeerAuthenticationModes>? _peerAuthentication;
    private readonly Lazy<IReadOnlyList<NamedAuthorizationPolicy>> _authorization = new([]);
    private readonly Lazy<IReadOnlyList<JWTRule>> _jwtRules = new([]);
    private readonly Lazy<bool> _routesOnClaims = new(false);

    /// <summary>For whom.</summary>
    public required ProxyGroup Proxy { get; init; }

    /// <summary>The mesh's configuration with defaults filled in.</summary>
    public required MeshConfig Mesh { get; init; }

    /// <summary>What the node says of its own configuration, else the mesh's default.</summary>
    public ProxyConfig? ProxyConfig { get; init; }

    /// <summary>Identity of the mesh, for traces.</summary>
    public string MeshId { get; init; } = "unknown";

    /// <summary>What is imported, most specific listener first; empty for gateways.</summary>
    public IReadOnlyList<EgressListener> EgressListeners { get; init; } = [];

    /// <summary>The Sidecar that applies and declares ingress listeners; null when there is none.</summary>
    public Sidecar? Sidecar { get; init; }

    /// <summary>Namespace of <see cref="Sidecar"/>.</summary>
    public string SidecarNamespace { get; init; } = "";

    /// <summary>Name of <see cref="Sidecar"/>.</summary>
    public string SidecarName { get; init; } = "";

    /// <summary>What happens to unknown traffic.</summary>
    public OutboundPolicy OutboundPolicy { get; init; } = new(OutboundPolicyMode.AllowAny);

    /// <summary>All services that a gateway sees.</summary>
    public IReadOnlyList<Service> AllServices => _allServices.Value;

    /// <summary>Reads <see cref="AllServices"/> when they are asked for.</summary>
    public Lazy<IReadOnlyList<Service>> AllServicesSource
    {
        init => _allServices = value;
    }

    /// <summary>The service of a host name that the proxy sees, or null.</summary>
    public required Func<string, Service?> FindService { get; init; }

    /// <summary>The merged DestinationRule of a host name for the proxy, or null.</summary>
    public required Func<string, DestinationRule?> FindRule { get; init; }

    /// <summary>Endpoints of a service port, for services whose every address gets a listener.</summary>
    public required Func<Service, ServicePort, IReadOnlyList<IstioEndpoint>> EndpointsOf { get; init; }

    /// <summary>Mutual TLS that the workload demands, by port.</summary>
    public PeerAuthenticationModes PeerAuthentication => _peerAuthentication!.Value;

    /// <summary>Reads <see cref="PeerAuthentication"/> when it is asked for.</summary>
    public required Lazy<PeerAuthenticationModes> PeerAuthenticationSource
    {
        init => _peerAuthentication = value;
    }

    /// <summary>Policies that apply to the workload, in order of precedence.</summary>
    public IReadOnlyList<NamedAuthorizationPolicy> Authorization => _authorization.Value;

    /// <summary>Reads <see cref="Authorization"/> when it is asked for.</summary>
    public Lazy<IReadOnlyList<NamedAuthorizationPolicy>> AuthorizationSource
    {
        init => _authorization = value;
    }

    /// <summary>Tokens that the workload accepts, by issuer.</summary>
    public IReadOnlyList<JWTRule> JwtRules => _jwtRules.Value;

    /// <summary>Reads <see cref="JwtRules"/> when they are asked for.</summary>
    public Lazy<IReadOnlyList<JWTRule>> JwtRulesSource
    {
        init => _jwtRules = value;
    }

    /// <summary>Who fetches keys that are named by address.</summary>
    public JwksMode JwksMode { get; init; }

    /// <summary>The keys that the control plane fetched; null when it has none.</summary>
    public Func<JwksSource, string?> KeysOf { get; init; } = _ => null;

    /// <summary>A gateway with rules whose conditions name claims of tokens.</summary>
    public bool RoutesOnClaims => _routesOnClaims.Value;

    /// <summary>Reads <see cref="RoutesOnClaims"/> when it is asked for.</summary>
    public Lazy<bool> RoutesOnClaimsSource
    {
        init => _routesOnClaims = value;
    }

    /// <summary>The mesh's trust domain and its aliases.</summary>
    public required TrustDomains TrustDomains { get; init; }

    /// <summary>TLS declared by ingress listeners of a Sidecar is used (ENABLE_TLS_ON_SIDECAR_INGRESS; default
    /// off).</summary>
    public bool TlsOnSidecarIngress { get; init; }

    /// <summary>
    /// Several CUSTOM providers may decide about one workload (PILOT_ENABLE_MULTIPLE_CUSTOM_AUTHZ_PROVIDERS; default
    /// off).
    /// </summary>
    public bool SeveralAuthorizers { get; init; }

    /// <summary>HTTP/1.0 is accepted everywhere (PILOT_HTTP10; default off).</summary>
    public bool AcceptHttp10 { get; init; }

    /// <summary>Servers of a gateway; null for sidecars.</summary>
    public MergedGateways? Gateways { get; init; }

    /// <summary>Rules bound to a gateway (<c>namespace/name</c>) that the proxy sees, in order of precedence.</summary>
    public Func<string, IReadOnlyList<VirtualServiceConfig>> VirtualServicesOf { get; init; } = _ => [];

    /// <summary>The proxy has addresses of both families and its listeners stand on both (ISTIO_DUAL_STACK; default
    /// off).</summary>
    public bool IsDualStack { get; init; }

    /// <summary>Addresses that take everything; the first names the listener.</summary>
    internal string[] Wildcards => IsDualStack
        ? [Addresses.AnyV4, Addresses.AnyV6] : [Addresses.Wildcard(Proxy.IpFamilies)];

    /// <summary>Which of Istio's own filters the proxy has.</summary>
    internal bool Has(IstioFilters filter) => Proxy.Settings.Filters.HasFlag(filter);

    /// <summary>Whether Istio's standard metrics are wanted and possible.</summary>
    internal bool HasStats => Has(IstioFilters.Stats) && Mesh.DefaultProviders?.Metrics.Contains("prometheus") is true;

    /// <summary>Idle timeout that the proxy's metadata asks for; null means none.</summary>
    internal Google.Protobuf.WellKnownTypes.Duration? IdleTimeout => Durations.Parse(Proxy.Settings.IdleTimeout);

    /// <summary>HTTP found by inspection that an HTTP connection manager takes.</summary>
    internal string[] PlaintextHttpAlpn => AcceptHttp10 ? Alpn.PlaintextHttpWith10 : Alpn.PlaintextHttp;

    /// <summary>Header settings of one side.</summary>
    internal ProxyHeaderSettings Headers(ListenerClass side) => ProxyHeaderSettings.Of(ProxyConfig, side);
}
