using Envoy.Config.Bootstrap.V3;
using Lateen.Core;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Config;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy;

/// <summary>The tables of a process, from its bootstrap and command line.</summary>
internal static class ProxyResourcesFactory
{
    public static ProxyResources Create(
        Bootstrap bootstrap, ProxyOptions options, TimeProvider clock, AccessLogWriter accessLogs, StatsStore stats,
        ulong seed, List<ConfigError> errors)
    {
        var node = bootstrap.Node;
        var own = WorkloadMetadata.FromStruct(node.Metadata ?? new Google.Protobuf.WellKnownTypes.Struct());
        var resources = new ProxyResources
        {
            Stats = stats,
            AccessLogs = accessLogs,
            IstioSeries = new IstioSeriesStore(
                stats, BootstrapOverrides.MetadataText(node, "ISTIO_VERSION") ?? "unknown"),
            OwnWorkload = own,
            Node = node,
            Version = options.Version,
            DefaultTracer = bootstrap.Tracing?.Http,
            NodeId = node.Id,
            NodeCluster = node.Cluster,
            ProvidedCluster = options.ProvidedCluster,
            DrainTime = options.DrainTime,
            WorkerCount = stats.WorkerCount,
            RandomSeed = seed,
            RejectsUnknownDynamicFields = options.RejectsUnknownDynamicFields,
            Clock = clock,
            OwnLocality = node.Locality is { } place
                ? new Locality(place.Region, place.Zone, place.SubZone)
                : Locality.None,
            LocalClusterName = bootstrap.ClusterManager?.LocalClusterName ?? "",
        };
        CheckFlush(bootstrap, errors);
        if (bootstrap.ClusterManager?.OutlierDetection?.EventLogPath is { Length: > 0 } eventLog)
        {
            if (accessLogs.Open(eventLog, out var error) is { } file)
            {
                resources.OutlierEvents = new OutlierEvents(file, clock);
            }
            else
            {
                errors.Add(new ConfigError(
                    "cluster_manager.outlier_detection.event_log_path", "ACCESS_LOG", error));
            }
        }
        return resources;
    }

    private static void CheckFlush(Envoy.Config.Bootstrap.V3.Bootstrap bootstrap, List<ConfigError> errors)
    {
        if (bootstrap is { StatsFlushOnAdmin: true, StatsFlushInterval: not null })
        {
            errors.Add(new ConfigError("stats_flush_on_admin", "STATS",
                "Only one of stats_flush_interval or stats_flush_on_admin should be set!"));
        }
        var flush = bootstrap.StatsFlushInterval?.ToTimeSpan() ?? TimeSpan.FromSeconds(5);
        if (bootstrap.StatsEvictionInterval?.ToTimeSpan() is { } eviction && flush > TimeSpan.Zero
            && eviction.Ticks % flush.Ticks != 0)
        {
            errors.Add(new ConfigError("stats_eviction_interval", "STATS",
                "stats_eviction_interval must be a multiple of stats_flush_interval"));
        }
    }
}
