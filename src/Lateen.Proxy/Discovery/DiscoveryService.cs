using Lateen.Xds;

namespace Lateen.Proxy.Discovery;

/// <summary>The services that serve one type each, with what their methods and paths are called.</summary>
/// <param name="Name">Full name of the gRPC service.</param>
/// <param name="Suffix">What follows Stream or Delta in the methods' names.</param>
/// <param name="RestPath">Path of the type for polling; empty where there is none.</param>
internal readonly record struct DiscoveryService(string Name, string Suffix, string RestPath)
{
    private const string Prefix = "envoy.service.";

    /// <summary>The service of a type.</summary>
    public static DiscoveryService Of(string typeUrl) => typeUrl switch
    {
        TypeUrls.Cluster => new(Prefix + "cluster.v3.ClusterDiscoveryService", "Clusters", "/v3/discovery:clusters"),
        TypeUrls.ClusterLoadAssignment =>
            new(Prefix + "endpoint.v3.EndpointDiscoveryService", "Endpoints", "/v3/discovery:endpoints"),
        TypeUrls.Listener =>
            new(Prefix + "listener.v3.ListenerDiscoveryService", "Listeners", "/v3/discovery:listeners"),
        TypeUrls.RouteConfiguration =>
            new(Prefix + "route.v3.RouteDiscoveryService", "Routes", "/v3/discovery:routes"),
        TypeUrls.ScopedRouteConfiguration =>
            new(Prefix + "route.v3.ScopedRoutesDiscoveryService", "ScopedRoutes", "/v3/discovery:scoped-routes"),
        TypeUrls.VirtualHost => new(Prefix + "route.v3.VirtualHostDiscoveryService", "VirtualHosts", ""),
        TypeUrls.Secret => new(Prefix + "secret.v3.SecretDiscoveryService", "Secrets", "/v3/discovery:secrets"),
        TypeUrls.TypedExtensionConfig => new(
            Prefix + "extension.v3.ExtensionConfigDiscoveryService", "ExtensionConfigs",
            "/v3/discovery:extension_configs"),
        TypeUrls.Runtime => new(Prefix + "runtime.v3.RuntimeDiscoveryService", "Runtime", "/v3/discovery:runtime"),
        // Istio serves it on the aggregated stream; alone, its stream is named after the type.
        Stats.WorkloadIndex.TypeUrl => new("istio.workload.WorkloadDiscoveryService", "Workloads", ""),
        _ => throw new ArgumentOutOfRangeException(nameof(typeUrl), typeUrl, "no discovery service"),
    };
}
