namespace Lateen.Proxy.Clusters;

/// <summary>What the weights of localities mean where a set holds only some of the hosts.</summary>
internal enum LocalityScale : byte
{
    /// <summary>They count as they are.</summary>
    None,

    /// <summary>They do not count.</summary>
    Ignored,

    /// <summary>They count in proportion to the share of the locality's hosts that is in the set.</summary>
    ByShare,
}
