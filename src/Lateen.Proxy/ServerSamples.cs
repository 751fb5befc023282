using Lateen.Proxy.Config;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy;

/// <summary>Statistics of the process, worked out when they are read.</summary>
internal static class ServerSamples
{
    public static void Collect(ProxyServer server, List<StatSample> samples)
    {
        ServerStatNames.Collect(Math.Max(1, server.Options.Concurrency), samples);
        Gauge("server.live", server.State == ServerState.Live ? 1 : 0);
        Gauge("server.state", (long)server.State);
        Gauge("server.uptime", (long)server.Uptime.TotalSeconds);
        Gauge("server.concurrency", Math.Max(1, server.Options.Concurrency));
        Gauge("server.total_connections", server.ConnectionCount);
        Gauge("server.memory_allocated", GC.GetTotalMemory(false));
        Gauge("server.memory_heap_size", GC.GetGCMemoryInfo().HeapSizeBytes);
        Gauge("server.memory_physical_size", System.Environment.WorkingSet);
        Gauge("server.hot_restart_epoch", 0);
        Gauge("server.days_until_first_cert_expiring", uint.MaxValue);
        Gauge("server.parent_connections", 0);
        Gauge("server.version", 0);
        Gauge("runtime.num_keys", RuntimeSettings.Current.Values.Count);
        Gauge("runtime.num_layers", server.Configuration.Runtime.LayerCount);
        Gauge("runtime.admin_overrides_active", server.Configuration.Runtime.HasOverrides ? 1 : 0);
        Counter("runtime.load_success", server.Configuration.Runtime.LoadCount);
        Counter("runtime.load_error", server.Configuration.Runtime.ErrorCount);
        Counter("runtime.override_dir_exists", server.Configuration.Runtime.OverrideFolderCount);
        Counter("runtime.override_dir_not_exists",
            server.Configuration.Runtime.LoadCount - server.Configuration.Runtime.OverrideFolderCount);
        Counter("server.envoy_bug_failures", 0);
        Counter("server.dynamic_unknown_fields", server.Configuration.Unknown.Count);
        Counter("server.static_unknown_fields", server.Options.StaticUnknownFields);

        Http1Codecs(server, samples);

        void Gauge(string name, long value) => Add(name, StatKind.Gauge, value);
        void Counter(string name, long value) => Add(name, StatKind.Counter, value);
        void Add(string name, StatKind kind, long value) =>
            samples.Add(new StatSample(name, kind, value, null) { IsSet = true });
    }

    /// <summary>What Envoy's codec counts of clusters that have had HTTP/1 connections; ours has no cause to.</summary>
    private static void Http1Codecs(ProxyServer server, List<StatSample> samples)
    {
        foreach (var slot in server.Configuration.Resources.Clusters.Slots)
        {
            if (slot.Current is { } cluster && cluster.Stats.Scope.Read((int)ClusterStat.UpstreamCxHttp1Total) > 0)
            {
                foreach (var name in (string[])["dropped_headers_with_underscores", "metadata_not_supported_error",
                    "requests_rejected_with_underscores_in_headers", "response_flood"])
                {
                    samples.Add(new StatSample(
                        $"cluster.{StatNames.Sanitize(cluster.Name)}.http1.{name}", StatKind.Counter, 0, null));
                }
            }
        }
    }
}
