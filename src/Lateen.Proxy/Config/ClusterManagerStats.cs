using Lateen.Proxy.Clusters;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Config;

/// <summary>What the cluster manager counts. Thread: any.</summary>
internal sealed class ClusterManagerStats(StatsStore store)
{
    private static readonly StatLayout _layout = StatLayout.Build<ClusterManagerStat>(
        [ClusterManagerStat.ActiveClusters, ClusterManagerStat.WarmingClusters]);

    private readonly StatsScope _stats = store.GetScope("cluster_manager.", _layout);

    public void Count(ClusterManagerStat stat) => _stats.AddFromMain((int)stat);

    public void SetCounts(int active, int warming)
    {
        _stats.Set((int)ClusterManagerStat.ActiveClusters, active);
        _stats.Set((int)ClusterManagerStat.WarmingClusters, warming);
    }

    public void CountMerge(MergeOutcome outcome)
    {
        switch (outcome)
        {
            case MergeOutcome.Delivered:
                Count(ClusterManagerStat.ClusterUpdated);
                break;
            case MergeOutcome.OutOfWindow:
                Count(ClusterManagerStat.UpdateOutOfMergeWindow);
                break;
            case MergeOutcome.Merged:
                Count(ClusterManagerStat.ClusterUpdatedViaMerge);
                break;
            case MergeOutcome.Cancelled:
                Count(ClusterManagerStat.UpdateMergeCancelled);
                break;
        }
    }
}
