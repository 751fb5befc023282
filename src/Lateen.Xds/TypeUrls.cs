namespace Lateen.Xds;

/// <summary>Type URLs of the resources that Envoy and Istio exchange over xDS.</summary>
public static class TypeUrls
{
    /// <summary>What every type URL begins with.</summary>
    public const string Prefix = "type.googleapis.com/";

    /// <summary>CDS.</summary>
    public const string Cluster = Prefix + "envoy.config.cluster.v3.Cluster";

    /// <summary>EDS.</summary>
    public const string ClusterLoadAssignment = Prefix + "envoy.config.endpoint.v3.ClusterLoadAssignment";

    /// <summary>LDS.</summary>
    public const string Listener = Prefix + "envoy.config.listener.v3.Listener";

    /// <summary>RDS.</summary>
    public const string RouteConfiguration = Prefix + "envoy.config.route.v3.RouteConfiguration";

    /// <summary>SRDS.</summary>
    public const string ScopedRouteConfiguration = Prefix + "envoy.config.route.v3.ScopedRouteConfiguration";

    /// <summary>VHDS.</summary>
    public const string VirtualHost = Prefix + "envoy.config.route.v3.VirtualHost";

    /// <summary>SDS.</summary>
    public const string Secret = Prefix + "envoy.extensions.transport_sockets.tls.v3.Secret";

    /// <summary>ECDS.</summary>
    public const string TypedExtensionConfig = Prefix + "envoy.config.core.v3.TypedExtensionConfig";

    /// <summary>RTDS.</summary>
    public const string Runtime = Prefix + "envoy.service.runtime.v3.Runtime";

    /// <summary>NDS: Istio's table of names for the agent's DNS proxy.</summary>
    public const string NameTable = Prefix + "istio.networking.nds.v1.NameTable";

    /// <summary>PCDS: Istio's mesh options for the agent (trust bundle).</summary>
    public const string ProxyConfig = Prefix + "istio.mesh.v1alpha1.ProxyConfig";

    /// <summary>What an agent reports about its workload's health.</summary>
    public const string HealthInformation = Prefix + "istio.v1.HealthInformation";

    /// <summary>
    /// Whether a first request without names means all resources. Named types never do; Listener, Cluster, scoped
    /// routes and all of Istio's own types do.
    /// </summary>
    public static bool IsWildcard(string typeUrl) => typeUrl is not
        (ClusterLoadAssignment or RouteConfiguration or VirtualHost or Secret or TypedExtensionConfig or Runtime);

    /// <summary>Whether a state-of-the-world response is complete, so that a missing resource is a removed
    /// one.</summary>
    public static bool IsFullState(string typeUrl) => typeUrl is Cluster or Listener
        or ScopedRouteConfiguration;

    /// <summary>
    /// Place in the order of sending, smallest first: a resource comes before those that name it (make before break).
    /// </summary>
    public static int PushOrder(string typeUrl) => typeUrl switch
    {
        Cluster => 0,
        ClusterLoadAssignment => 1,
        Listener => 2,
        ScopedRouteConfiguration => 3,
        RouteConfiguration => 4,
        VirtualHost => 5,
        Secret => 6,
        _ => 7,
    };
}
