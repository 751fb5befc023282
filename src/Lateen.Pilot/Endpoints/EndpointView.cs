using Lateen.Pilot.Model;

namespace Lateen.Pilot.Endpoints;

/// <summary>Where a client stands: what of it decides which endpoints it gets, in which order.</summary>
/// <param name="Type">Sidecar or gateway.</param>
/// <param name="Network">Its network; empty for the default one.</param>
/// <param name="NetworkView">Networks whose endpoints it wants, comma separated; empty for all.</param>
/// <param name="ClusterId">Its cluster.</param>
/// <param name="IpFamilies">Which gateways of networks it can reach.</param>
/// <param name="Locality">Where it runs; none where locality has no part.</param>
/// <param name="NodeName">Its node; empty where nodes have no part.</param>
/// <param name="Labels">Its labels; none where no failover priority names any.</param>
public sealed record EndpointView(
    ProxyType Type,
    string Network,
    string NetworkView,
    string ClusterId,
    IpFamilies IpFamilies,
    Locality Locality,
    string NodeName,
    Labels Labels)
{
    /// <summary>The whole view of a group.</summary>
    public static EndpointView Of(ProxyGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        return new EndpointView(
            group.Type, group.Network, group.Settings.NetworkView, group.ClusterId, group.IpFamilies, group.Locality,
            group.NodeName, group.ClientLabels);
    }
}
