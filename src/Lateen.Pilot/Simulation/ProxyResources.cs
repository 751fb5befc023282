using Envoy.Config.Cluster.V3;
using Envoy.Config.Endpoint.V3;
using Envoy.Config.Listener.V3;
using Envoy.Config.Route.V3;
using Istio.Networking.Nds.V1;

namespace Lateen.Pilot.Simulation;

/// <summary>Everything that one proxy gets, by type; names are unique within a type.</summary>
public sealed record ProxyResources
{
    /// <summary>Listeners.</summary>
    public required IReadOnlyList<Listener> Listeners { get; init; }

    /// <summary>Route configurations that the listeners ask for.</summary>
    public required IReadOnlyList<RouteConfiguration> Routes { get; init; }

    /// <summary>Clusters.</summary>
    public required IReadOnlyList<Cluster> Clusters { get; init; }

    /// <summary>Endpoints of the clusters that discover them.</summary>
    public required IReadOnlyList<ClusterLoadAssignment> Endpoints { get; init; }

    /// <summary>The name table; null unless the agent asks for one.</summary>
    public NameTable? NameTable { get; init; }
}
