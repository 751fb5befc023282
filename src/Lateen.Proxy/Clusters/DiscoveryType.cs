namespace Lateen.Proxy.Clusters;

/// <summary>Where a cluster's hosts come from.</summary>
internal enum DiscoveryType : byte
{
    Static,
    StrictDns,
    LogicalDns,
    Eds,
    OriginalDst,

    /// <summary>A type of its own: aggregate, dynamic forward proxy.</summary>
    Custom,
}
