using Lateen.Xds.Server;

namespace Lateen.Pilot.Clusters;

/// <summary>One encoded cluster and what its endpoints depend on.</summary>
/// <param name="Resource">The cluster.</param>
/// <param name="Subset">Empty for the whole service.</param>
/// <param name="UsesEds">Its endpoints are a resource of their own, of the same name.</param>
/// <param name="IsSniDnat">It belongs to an east-west gateway.</param>
public sealed record OutboundCluster(XdsResource Resource, string Subset, bool UsesEds, bool IsSniDnat)
{
    /// <summary>Same bytes, same cluster.</summary>
    public bool Equals(OutboundCluster? other)
        => other is not null && ResourceComparer.Instance.Equals(Resource, other.Resource) && Subset == other.Subset
            && UsesEds == other.UsesEds && IsSniDnat == other.IsSniDnat;

    /// <inheritdoc/>
    public override int GetHashCode() => Resource.Version.GetHashCode(StringComparison.Ordinal);
}
