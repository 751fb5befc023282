using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Clusters;

/// <summary>
/// Ejects hosts that fail. Workers report results; counting is shared between them by atomic counters, ejecting is rare and under
/// a lock. <see cref="OnInterval"/> runs on the configuration side and lets hosts back in.
/// </summary>
internal sealed class OutlierDetector
{
    private readonly Cluster _cluster;
    private readonly OutlierDetectionConfig _config;
    private readonly Lock _lock = new();
    private WorkerRandom _random;
    private int _ejectedCount;

    public OutlierDetector(Cluster cluster, OutlierDetectionConfig config, ulong seed)
    {
        _cluster = cluster;
        _config = config;
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

    /// <summary>Reports the status of an upstream response. Thread: any worker.</summary>
    public void OnResponse(Host host, int code, long nowNanos)
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
                Kind.ConsecutiveGatewayFailure, _config.EnforcingConsecutiveGatewayFailure, nowNanos);
        }
        else
        {
            Volatile.Write(ref state.ConsecutiveGatewayFailure, 0);
        }
        Count(ref state.Consecutive5xx, _config.Consecutive5xx, host,
            Kind.Consecutive5xx, _config.EnforcingConsecutive5xx, nowNanos);
    }

    /// <summary>Reports a failed connection or a timeout (code 503 or 504 unless errors are split). Thread: any worker.</summary>
    public void OnLocalOriginFailure(Host host, bool isTimeout, long nowNanos)
    {
        if (host.Outlier is not { } state)
        {
            return;
        }
        if (!_config.SplitExternalLocalOriginErrors)
        {
            OnResponse(host, isTimeout ? 504 : 503, nowNanos);
            return;
        }
        Count(ref state.ConsecutiveLocalOriginFailure, _config.ConsecutiveLocalOriginFailure, host,
            Kind.ConsecutiveLocalOriginFailure, _config.EnforcingConsecutiveLocalOriginFailure, nowNanos);
    }

    /// <summary>Reports a connection that came about. Thread: any worker.</summary>
    public void OnLocalOriginSuccess(Host host)
    {
        if (_config.SplitExternalLocalOriginErrors && host.Outlier is { } state)
        {
            Volatile.Write(ref state.ConsecutiveLocalOriginFailure, 0);
        }
    }

    /// <summary>Lets hosts back whose time is over and looks at success rates. Thread: configuration, each interval.</summary>
    public void OnInterval(long nowNanos)
    {
        lock (_lock)
        {
            var changed = false;
            foreach (var host in _cluster.Hosts.Hosts)
            {
                changed |= host.Outlier is { } state && Review(host, state, nowNanos);
            }
            changed |= EjectBySuccessRate(nowNanos);
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

    private void Count(ref int counter, int threshold, Host host, Kind kind, int enforcing, long nowNanos)
    {
        if (Interlocked.Increment(ref counter) == threshold)
        {
            Volatile.Write(ref counter, 0);
            lock (_lock)
            {
                if (Eject(host, kind, enforcing, nowNanos))
                {
                    _cluster.OnHealthChanged();
                }
            }
        }
    }

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
        _ejectedCount--;
        _cluster.Stats.Scope.AddFromMain(EjectionsActive, -1);
        return true;
    }

    private bool EjectBySuccessRate(long nowNanos)
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
                changed |= Eject(host, Kind.SuccessRate, _config.EnforcingSuccessRate, nowNanos);
            }
        }
        judged = rates.FindAll(rate => rate.Total >= _config.FailurePercentageRequestVolume);
        if (judged.Count >= _config.FailurePercentageMinimumHosts && _config.EnforcingFailurePercentage > 0)
        {
            foreach (var (host, _, _) in judged.FindAll(rate => 100 - rate.Rate >= _config.FailurePercentageThreshold))
            {
                changed |= Eject(host, Kind.FailurePercentage, _config.EnforcingFailurePercentage, nowNanos);
            }
        }
        return changed;
    }

    private bool Eject(Host host, Kind kind, int enforcing, long nowNanos)
    {
        var state = host.Outlier!;
        var scope = _cluster.Stats.Scope;
        if ((host.Health & HealthFlags.FailedOutlierCheck) != 0)
        {
            return false;
        }
        scope.AddFromMain(scope.GetOrAdd($"outlier_detection.ejections_detected_{NameOf(kind)}"));
        var hostCount = Math.Max(1, _cluster.Hosts.Hosts.Length);
        var withinLimit = (_ejectedCount + 1) * 100 / hostCount <= _config.MaxEjectionPercent;
        if (!withinLimit && !(_config.AlwaysEjectOneHost && _ejectedCount == 0))
        {
            scope.AddFromMain(EjectionsOverflow);
            return false;
        }
        if (_random.Next(100) >= enforcing)
        {
            return false;
        }
        scope.AddFromMain(EjectionsEnforced);
        scope.AddFromMain(EjectionsActive);
        scope.AddFromMain(scope.GetOrAdd($"outlier_detection.ejections_enforced_{NameOf(kind)}"));
        scope.AddFromMain(scope.GetOrAdd("outlier_detection.ejections_total"));
        if (kind is Kind.Consecutive5xx or Kind.SuccessRate)
        {
            scope.AddFromMain(scope.GetOrAdd($"outlier_detection.ejections_{NameOf(kind)}"));
        }
        _ejectedCount++;
        state.EjectedAtNanos = nowNanos;
        if (_config.BaseEjectionTimeNanos * state.EjectionMultiplier < _config.MaxEjectionTimeNanos + _config.BaseEjectionTimeNanos)
        {
            state.EjectionMultiplier++;
        }
        host.SetHealth(HealthFlags.FailedOutlierCheck, true);
        return true;
    }
}
