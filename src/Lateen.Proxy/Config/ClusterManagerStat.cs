namespace Lateen.Proxy.Config;

/// <summary>Statistics below <c>cluster_manager.</c></summary>
internal enum ClusterManagerStat
{
    ActiveClusters,
    ClusterAdded,
    ClusterModified,
    ClusterRemoved,
    ClusterUpdated,
    ClusterUpdatedViaMerge,
    UpdateMergeCancelled,
    UpdateOutOfMergeWindow,
    WarmingClusters,
}
