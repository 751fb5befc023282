namespace Lateen.Proxy.Clusters;

/// <summary>Where a cluster's hosts come from.</summary>
internal enum DiscoveryType : byte
{
    Static,
    StrictDns,
    LogicalDns,
    Eds,
    OriginalDst,
}
