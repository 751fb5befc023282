using Lateen.Http;
using Lateen.Proxy.Clusters;

namespace Lateen.Proxy.Routing;

/// <summary>One cluster of a route that splits its traffic.</summary>
internal sealed class WeightedClusterEntry
{
    /// <summary>Null when the name comes from <see cref="ClusterHeader"/>.</summary>
    public ClusterSlot? Cluster { get; init; }

    public HeaderName? ClusterHeader { get; init; }

    public uint Weight { get; init; }

    /// <summary>Key of the runtime value that overrides the weight; null: none.</summary>
    public string? RuntimeKey { get; init; }

    public HeaderMutations RequestHeaders { get; init; } = HeaderMutations.None;

    public HeaderMutations ResponseHeaders { get; init; } = HeaderMutations.None;

    /// <summary>Replaces the host of the request; null: see the route.</summary>
    public byte[]? HostRewriteLiteral { get; init; }

    /// <summary>Subset of the cluster's hosts, the route's included; null: none asked for.</summary>
    public SubsetCriteria? MetadataMatch { get; init; }

    public PerFilterConfigs PerFilter { get; init; } = PerFilterConfigs.None;
}
