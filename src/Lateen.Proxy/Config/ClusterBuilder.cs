using Lateen.Proxy.Clusters;
using Lateen.Proxy.Dns;
using Lateen.Proxy.HealthChecks;

namespace Lateen.Proxy.Config;

/// <summary>Makes clusters with what belongs to them: outlier detection, providers of hosts, health checks.</summary>
internal sealed class ClusterBuilder(ProxyResources resources, TimeProvider clock, Action<MergeOutcome> countMerge)
{
    /// <summary>The cluster, without hosts.</summary>
    /// <param name="config">What was asked for.</param>
    /// <param name="number">Makes the balancers' generators differ.</param>
    public Cluster Build(ClusterConfig config, int number)
    {
        var built = new Cluster(
            config, resources.Stats, resources.WorkerCount, resources.RandomSeed + (ulong)number, clock)
        {
            OwnLocality = resources.OwnLocality,
            LocalCluster = resources.LocalClusterName.Length > 0
                ? resources.Clusters.GetOrAdd(resources.LocalClusterName)
                : null,
            PoolsStale = resources.PoolsStale,
            MergeCounter = countMerge,
        };
        if (config.OutlierDetection is { } outlier)
        {
            built.Outlier = new OutlierDetector(
                built, outlier, clock, resources.RandomSeed, resources.OutlierEvents);
        }
        built.Provider = config switch
        {
            { Type: DiscoveryType.OriginalDst } => new OriginalDstHosts(built),
            { Members.IsEmpty: false } => new AggregateHosts(built),
            { ForwardProxy: { } cache } => new ForwardProxyHosts(built, resources.DnsCaches.GetOrAdd(cache)!),
            _ => null,
        };
        if (config.HealthCheck is { } check && resources.MainWorker?.Invoke() is { } worker)
        {
            built.HealthChecker = new HealthChecker(worker, built, check, resources.Stats);
            built.Own(built.HealthChecker);
        }
        return built;
    }
}
