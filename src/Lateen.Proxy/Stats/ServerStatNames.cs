namespace Lateen.Proxy.Stats;

/// <summary>
/// Statistics of the process that Envoy lists and that stand still here: watchdogs, hot restart, file overrides of the
/// runtime. Dashboards and alarms name them.
/// </summary>
internal static class ServerStatNames
{
    private static readonly (string Name, StatKind Kind)[] Fixed =
    [
        ("filesystem.flushed_by_timer", StatKind.Counter), ("filesystem.reopen_failed", StatKind.Counter),
        ("filesystem.write_total_buffered", StatKind.Gauge),
        ("http1.dropped_headers_with_underscores", StatKind.Counter),
        ("http1.metadata_not_supported_error", StatKind.Counter),
        ("http1.requests_rejected_with_underscores_in_headers", StatKind.Counter),
        ("http1.response_flood", StatKind.Counter), ("listener_manager.workers_pinned", StatKind.Gauge),
        ("main_thread.watchdog_mega_miss", StatKind.Counter), ("main_thread.watchdog_miss", StatKind.Counter),
        ("overload.refresh_interval_delay", StatKind.Histogram),
        ("runtime.deprecated_feature_seen_since_process_start", StatKind.Gauge),
        ("runtime.deprecated_feature_use", StatKind.Counter),
        ("server.compilation_settings.fips_mode", StatKind.Gauge),
        ("server.debug_assertion_failures", StatKind.Counter), ("server.dropped_stat_flushes", StatKind.Counter),
        ("server.envoy_notifications", StatKind.Counter), ("server.initialization_time_ms", StatKind.Histogram),
        ("server.main_thread.watchdog_mega_miss", StatKind.Counter),
        ("server.main_thread.watchdog_miss", StatKind.Counter),
        ("server.seconds_until_first_ocsp_response_expiring", StatKind.Gauge),
        ("server.stats_recent_lookups", StatKind.Gauge), ("server.wip_protos", StatKind.Counter),
        ("thread_local_cluster_manager.main_thread.clusters_inflated", StatKind.Gauge),
        ("workers.watchdog_mega_miss", StatKind.Counter), ("workers.watchdog_miss", StatKind.Counter),
    ];

    public static void Collect(int workerCount, List<StatSample> samples)
    {
        foreach (var (name, kind) in Fixed)
        {
            samples.Add(new StatSample(name, kind, 0, null));
        }
        for (var i = 0; i < workerCount; i++)
        {
            samples.Add(new StatSample($"server.worker_{i}.watchdog_mega_miss", StatKind.Counter, 0, null));
            samples.Add(new StatSample($"server.worker_{i}.watchdog_miss", StatKind.Counter, 0, null));
            samples.Add(new StatSample(
                $"thread_local_cluster_manager.worker_{i}.clusters_inflated", StatKind.Gauge, 0, null));
        }
    }
}
