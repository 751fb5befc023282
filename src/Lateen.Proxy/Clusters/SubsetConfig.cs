namespace Lateen.Proxy.Clusters;

/// <summary>How hosts are divided by their metadata. Source: <c>Cluster.LbSubsetConfig</c>.</summary>
internal sealed record SubsetConfig(SubsetFallback Fallback, SubsetCriteria? Default, SubsetSelector[] Selectors);

/// <summary>Keys that make subsets; sorted.</summary>
internal sealed record SubsetSelector(string[] Keys, SubsetFallback Fallback, string[] FallbackKeys);

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
