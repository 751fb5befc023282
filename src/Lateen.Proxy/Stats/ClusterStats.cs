using System.Runtime.CompilerServices;

namespace Lateen.Proxy.Stats;

/// <summary>The statistics of one cluster, <c>cluster.NAME.</c>.</summary>
internal sealed class ClusterStats
{
    private static readonly StatLayout Layout = StatLayout.Build<ClusterStat, ClusterHistogram>(
    [
        ClusterStat.LbSubsetsActive, ClusterStat.MaxHostWeight, ClusterStat.MembershipDegraded,
            ClusterStat.MembershipExcluded, ClusterStat.MembershipHealthy,
        ClusterStat.MembershipTotal, ClusterStat.UpstreamCxActive, ClusterStat.UpstreamCxRxBytesBuffered,
        ClusterStat.UpstreamCxTxBytesBuffered, ClusterStat.UpstreamRqActive, ClusterStat.UpstreamRqPendingActive,
        ClusterStat.Version, ClusterStat.WarmingState,
    ]).With(
        "assignment_use_cached default.total_match_count lb_local_cluster_not_ok lb_recalculate_zone_structures "
        + "lb_subsets_created lb_subsets_fallback_panic lb_subsets_removed lb_zone_cluster_too_small "
        + "lb_zone_no_capacity_left lb_zone_routing_all_directly lb_zone_routing_cross_zone lb_zone_routing_sampled "
        + "upstream_cx_connect_with_0_rtt upstream_cx_http3_total upstream_cx_preconnect_skipped "
        + "upstream_http3_broken upstream_queue_overloaded|g upstream_rq_0rtt upstream_rq_rx_reset_no_error",
        "init_fetch_timeout update_rejected canary.upstream_rq_time external.upstream_rq_time "
        + "internal.upstream_rq_time upstream_rq_timeout_budget_percent_used "
        + "upstream_rq_timeout_budget_per_try_percent_used upstream_rq_headers_size upstream_rq_body_size "
        + "upstream_rs_headers_size upstream_rs_body_size",
        [
            ("canary_upstream_rq_time", "canary.upstream_rq_time"),
            ("external_upstream_rq_time", "external.upstream_rq_time"),
            ("internal_upstream_rq_time", "internal.upstream_rq_time"),
        ]);

    // Made when a response is first counted.
    private CodeStats? _codes;

    public ClusterStats(StatsStore store, string name) =>
        Scope = store.GetScope("cluster.", StatNames.Sanitize(name), ".", Layout);

    public StatsScope Scope { get; }

    private CodeStats Codes => _codes ?? Interlocked.CompareExchange(ref _codes, new CodeStats(), null) ?? _codes!;

    /// <summary>A scope below the cluster's.</summary>
    /// <param name="tail">With the dots before and after it.</param>
    /// <param name="layout">Its statistics.</param>
    public StatsScope GetScope(string tail, StatLayout layout) =>
        Scope.Store.GetScope(Scope.Name.Head, Scope.Name.Middle, tail, layout);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int worker, ClusterStat stat, long amount = 1) => Scope.Add(worker, (int)stat, amount);

    public void Record(int worker, ClusterHistogram histogram, long value) =>
        Scope.Record(worker, (int)histogram, value);

    /// <summary>Counts an upstream response that was passed on (or the local reply that stands for it).</summary>
    public void CountResponse(int worker, int code, bool isInternal)
    {
        var stats = Codes;
        (stats.All ??= new ResponseCodeStats(Scope, "upstream_rq_", true)).Count(worker, code);
        var codes = isInternal
            ? stats.Internal ??= new ResponseCodeStats(Scope, "internal.upstream_rq_", true, true)
            : stats.External ??= new ResponseCodeStats(Scope, "external.upstream_rq_", true, true);
        codes.Count(worker, code);
        Add(worker, ClusterStat.UpstreamRqCompleted);
    }

    /// <summary>Counts a response of a canary: <c>canary.upstream_rq_200</c>.</summary>
    public void CountCanary(int worker, int code)
    {
        (Codes.Canary ??= new ResponseCodeStats(Scope, "canary.upstream_rq_", true)).Count(worker, code);
        Scope.Add(worker, Scope.GetOrAdd("canary.upstream_rq_completed"));
    }

    /// <summary>Counts a response below a name that the caller chose, besides the usual ones.</summary>
    public void CountNamed(int worker, string name, int code, bool isInternal, bool isCanary)
    {
        foreach (var prefix in (ReadOnlySpan<string>)["", isInternal ? "internal." : "external.", "canary."])
        {
            if (!isCanary && prefix == "canary.")
            {
                continue;
            }

            Scope.Add(worker, Scope.GetOrAdd($"{name}.{prefix}upstream_rq_{code}"));
            Scope.Add(worker, Scope.GetOrAdd($"{name}.{prefix}upstream_rq_{code / 100}xx"));
            Scope.Add(worker, Scope.GetOrAdd($"{name}.{prefix}upstream_rq_completed"));
        }
    }

    /// <summary>Records how long a response took, for all and for its kind.</summary>
    public void RecordTime(int worker, long millis, bool isInternal, bool isCanary)
    {
        Record(worker, ClusterHistogram.UpstreamRqTime, millis);
        Record(
            worker, isInternal ? ClusterHistogram.InternalUpstreamRqTime : ClusterHistogram.ExternalUpstreamRqTime,
            millis);
        if (isCanary)
        {
            Record(worker, ClusterHistogram.CanaryUpstreamRqTime, millis);
        }
    }

    /// <summary>Counts an upstream response that is retried: <c>retry.upstream_rq_503</c>.</summary>
    public void CountRetriedResponse(int worker, int code)
    {
        (Codes.Retry ??= new ResponseCodeStats(Scope, "retry.upstream_rq_", true)).Count(worker, code);
        Scope.Add(worker, Scope.GetOrAdd("retry.upstream_rq_completed"));
    }

    /// <summary>Classes of response codes, each made when it is first counted.</summary>
    private sealed class CodeStats
    {
        public ResponseCodeStats? All { get; set; }

        public ResponseCodeStats? Internal { get; set; }

        public ResponseCodeStats? External { get; set; }

        public ResponseCodeStats? Retry { get; set; }

        public ResponseCodeStats? Canary { get; set; }
    }
}
