namespace Lateen.Proxy.Clusters;

/// <summary>How hosts are divided by their metadata. Source: <c>Cluster.LbSubsetConfig</c>.</summary>
internal sealed record SubsetConfig(SubsetFallback Fallback, SubsetCriteria? Default, SubsetSelector[] Selectors)
{
    /// <summary>A request whose subset is gone may get any host, rather than none.</summary>
    public bool PanicModeAny { get; init; }

    /// <summary>Metadata that is a list stands for each of its values.</summary>
    public bool ListAsAny { get; init; }

    /// <summary>What the weights of localities mean within a subset.</summary>
    public LocalityScale LocalityScale { get; init; } = LocalityScale.Ignored;

    /// <summary>Requests may bring a list of metadata to try one after the other.</summary>
    public bool MetadataFallbackList { get; init; }
}

/// <summary>Keys that make subsets; sorted.</summary>
internal sealed record SubsetSelector(string[] Keys, SubsetFallback Fallback, string[] FallbackKeys)
{
    /// <summary>Each value names one host; of several the first counts.</summary>
    public bool SingleHost { get; init; }
}

/// <summary>What serves a request whose subset does not exist.</summary>
internal enum SubsetFallback : byte
{
    /// <summary>Of a selector: as the cluster has it.</summary>
    NotDefined,

    /// <summary>Nothing does.</summary>
    NoFallback,

    /// <summary>All hosts.</summary>
    AnyEndpoint,

    /// <summary>The default subset.</summary>
    DefaultSubset,

    /// <summary>The subset of fewer keys.</summary>
    KeysSubset,
}
