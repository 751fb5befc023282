using Lateen.Proxy.Config;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Clusters;

/// <summary>
/// Ejects hosts that fail. Workers report results; counting is shared between them by atomic counters, ejecting is rare
/// and under
/// a lock. <see cref="OnInterval"/> runs on the configuration side and lets hosts back in.
/// </summary>
internal sealed class OutlierDetector
{
    private readonly Cluster _cluster;
    private readonly OutlierDetectionConfig _config;
    private readonly Lock _lock = new();
    private readonly TimeProvider _clock;
    private WorkerRandom _random;

    public OutlierDetector(Cluster cluster, OutlierDetectionConfig config, TimeProvider clock, ulong seed)
    {
        _cluster = cluster;
        _config = config;
        _clock = clock;
        _random = new WorkerRandom(seed);
        var scope = cluster.Stats.Scope;
        EjectionsActive = scope.GetOrAdd("outlier_detection.ejections_active", StatKind.Gauge);
        EjectionsEnforced = scope.GetOrAdd("outlier_detection.ejections_enforced_total");
        EjectionsOverflow = scope.GetOrAdd("outlier_detection.ejections_overflow");
        foreach (var kind in Enum.GetValues<Kind>())
        {
            scope.GetOrAdd($"outlier_detection.ejections_detected_{NameOf(kind)}");
            scope.GetOrAdd($"outlier_detection.ejections_enforced_{NameOf(kind)}");
        }
        scope.GetOrAdd("outlier_detection.ejections_total");
        scope.GetOrAdd("outlier_detection.ejections_consecutive_5xx");
        scope.GetOrAdd("outlier_detection.ejections_success_rate");
    }

    private enum Kind
    {
        Consecutive5xx,
        ConsecutiveGatewayFailure,
        ConsecutiveLocalOriginFailure,
        SuccessRate,
        FailurePercentage,
    }

    private int EjectionsActive { get; }

    private int EjectionsEnforced { get; }

    private int EjectionsOverflow { get; }

    private long NowNanos => MonotonicClock.Nanos(_clock);

    private int EjectedCount => _cluster.Hosts.Hosts.Count(host => (host.Health & HealthFlags.FailedOutlierCheck) != 0);

    /// <summary>Reports the status of an upstream response. Thread: any worker.</summary>
    public void OnResponse(Host host, int code)
    {
        if (host.Outlier is not { } state)
        {
            return;
        }
        Interlocked.Increment(ref state.IntervalTotal);
        if (code < 500)
        {
            Interlocked.Increment(ref state.IntervalSuccess);
            if (state.Consecutive5xx != 0 || state.ConsecutiveGatewayFailure != 0)
            {
                Volatile.Write(ref state.Consecutive5xx, 0);
                Volatile.Write(ref state.ConsecutiveGatewayFailure, 0);
            }
            return;
        }
        if (code is 502 or 503 or 504)
        {
            Count(ref state.ConsecutiveGatewayFailure, _config.ConsecutiveGatewayFailure, host,
                Kind.ConsecutiveGatewayFailure, _config.EnforcingConsecutiveGatewayFailure);
        }
        else
        {
            Volatile.Write(ref state.ConsecutiveGatewayFailure, 0);
        }
        Count(ref state.Consecutive5xx, _config.Consecutive5xx, host,
            Kind.Consecutive5xx, _config.EnforcingConsecutive5xx);
    }

    /// <summary>Reports a failed connection or a timeout (code 503 or 504 unless errors are split). Thread: any
    /// worker.</summary>
    public void OnLocalOriginFailure(Host host, bool isTimeout)
    {
        if (host.Outlier is not { } state)
        {
            return;
        }
        if (!_config.SplitExternalLocalOriginErrors)
        {
            OnResponse(host, isTimeout ? 504 : 503);
            return;
        }
        Count(ref state.ConsecutiveLocalOriginFailure, _config.ConsecutiveLocalOriginFailure, host,
            Kind.ConsecutiveLocalOriginFailure, _config.EnforcingConsecutiveLocalOriginFailure);
    }

    /// <summary>Reports a connection that came about. Thread: any worker.</summary>
    public void OnLocalOriginSuccess(Host host)
    {
        if (_config.SplitExternalLocalOriginErrors && host.Outlier is { } state)
        {
            Volatile.Write(ref state.ConsecutiveLocalOriginFailure, 0);
        }
    }

    /// <summary>Lets hosts back whose time is over and looks at success rates. Thread: configuration, each
    /// interval.</summary>
    public void OnInterval()
    {
        var nowNanos = NowNanos;
        lock (_lock)
        {
            var changed = false;
            foreach (var host in _cluster.Hosts.Hosts)
            {
                changed |= host.Outlier is { } state && Review(host, state, nowNanos);
            }
            changed |= EjectBySuccessRate();
            foreach (var host in _cluster.Hosts.Hosts)
            {
                if (host.Outlier is { } state)
                {
                    Interlocked.Exchange(ref state.IntervalTotal, 0);
                    Interlocked.Exchange(ref state.IntervalSuccess, 0);
                }
            }
            if (changed)
            {
                _cluster.OnHealthChanged();
            }
        }
    }

    private static string NameOf(Kind kind) => kind switch
    {
        Kind.Consecutive5xx => "consecutive_5xx",
        Kind.ConsecutiveGatewayFailure => "consecutive_gateway_failure",
        Kind.ConsecutiveLocalOriginFailure => "consecutive_local_origin_failure",
        Kind.SuccessRate => "success_rate",
        _ => "failure_percentage",
    };

    private void Count(ref int counter, int threshold, Host host, Kind kind, int enforcing)
    {
        if (Interlocked.Increment(ref counter) == threshold)
        {
            Volatile.Write(ref counter, 0);
            lock (_lock)
            {
                if (Eject(host, kind, enforcing))
                {
                    _cluster.OnHealthChanged();
                }
            }
        }
    }

    private void PublishActive() => _cluster.Stats.Scope.Set(EjectionsActive, EjectedCount);

    private bool Review(Host host, OutlierState state, long nowNanos)
    {
        if ((host.Health & HealthFlags.FailedOutlierCheck) == 0)
        {
            if (state.EjectionMultiplier > 0 && nowNanos - state.UnejectedAtNanos >= _config.IntervalNanos)
            {
                state.EjectionMultiplier--;
            }
            return false;
        }
        var duration = Math.Min(
            _config.BaseEjectionTimeNanos * state.EjectionMultiplier,
            Math.Max(_config.MaxEjectionTimeNanos, _config.BaseEjectionTimeNanos));
        if (nowNanos - state.EjectedAtNanos < duration)
        {
            return false;
        }
        host.SetHealth(HealthFlags.FailedOutlierCheck, false);
        state.UnejectedAtNanos = nowNanos;
        state.Consecutive5xx = state.ConsecutiveGatewayFailure = state.ConsecutiveLocalOriginFailure = 0;
        PublishActive();
        return true;
    }

    private bool EjectBySuccessRate()
    {
        var rates = new List<(Host Host, double Rate, long Total)>();
        foreach (var host in _cluster.Hosts.Hosts)
        {
            if (host.Outlier is { IntervalTotal: > 0 } state && (host.Health & HealthFlags.FailedOutlierCheck) == 0)
            {
                rates.Add((host, 100.0 * state.IntervalSuccess / state.IntervalTotal, state.IntervalTotal));
            }
        }
        var changed = false;
        var judged = rates.FindAll(rate => rate.Total >= _config.SuccessRateRequestVolume);
        if (judged.Count >= _config.SuccessRateMinimumHosts && _config.SuccessRateMinimumHosts > 0)
        {
            var mean = judged.Average(rate => rate.Rate);
            var deviation = Math.Sqrt(judged.Average(rate => (rate.Rate - mean) * (rate.Rate - mean)));
            var threshold = mean - deviation * _config.SuccessRateStdevFactor / 1000;
            foreach (var (host, _, _) in judged.FindAll(rate => rate.Rate < threshold))
            {
                changed |= Eject(host, Kind.SuccessRate, _config.EnforcingSuccessRate);
            }
        }
        judged = rates.FindAll(rate => rate.Total >= _config.FailurePercentageRequestVolume);
        if (judged.Count >= _config.FailurePercentageMinimumHosts && _config.EnforcingFailurePercentage > 0)
        {
            foreach (var (host, _, _) in judged.FindAll(rate => 100 - rate.Rate >= _config.FailurePercentageThreshold))
            {
                changed |= Eject(host, Kind.FailurePercentage, _config.EnforcingFailurePercentage);
            }
        }
        return changed;
    }

    private bool Eject(Host host, Kind kind, int enforcing)
    {
        var state = host.Outlier!;
        var scope = _cluster.Stats.Scope;
        if ((host.Health & HealthFlags.FailedOutlierCheck) != 0)
        {
            return false;
        }
        scope.AddFromMain(scope.GetOrAdd($"outlier_detection.ejections_detected_{NameOf(kind)}"));
        var hostCount = Math.Max(1, _cluster.Hosts.Hosts.Length);
        var withinLimit = (EjectedCount + 1) * 100 / hostCount <= _config.MaxEjectionPercent;
        if (!withinLimit && !(_config.AlwaysEjectOneHost && EjectedCount == 0))
        {
            scope.AddFromMain(EjectionsOverflow);
            return false;
        }
        if (_random.Next(100) >= enforcing)
        {
            return false;
        }
        scope.AddFromMain(EjectionsEnforced);
        scope.AddFromMain(scope.GetOrAdd($"outlier_detection.ejections_enforced_{NameOf(kind)}"));
        scope.AddFromMain(scope.GetOrAdd("outlier_detection.ejections_total"));
        if (kind is Kind.Consecutive5xx or Kind.SuccessRate)
        {
            scope.AddFromMain(scope.GetOrAdd($"outlier_detection.ejections_{NameOf(kind)}"));
        }
        state.EjectedAtNanos = NowNanos;
        if (_config.BaseEjectionTimeNanos * state.EjectionMultiplier < _config.MaxEjectionTimeNanos
            + _config.BaseEjectionTimeNanos)
        {
            state.EjectionMultiplier++;
        }
        host.SetHealth(HealthFlags.FailedOutlierCheck, true);
        PublishActive();
        return true;
    }
}
