using Lateen.Proxy.Config;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Clusters;

/// <summary>
/// Ejects hosts that fail. Workers report results; counting is shared between them by atomic counters, ejecting is rare
/// and under
/// a lock. <see cref="OnInterval"/> runs on the configuration side and lets hosts back in.
/// </summary>
internal sealed partial class OutlierDetector
{
    private readonly Cluster _cluster;
    private readonly OutlierDetectionConfig _config;
    private readonly OutlierEvents? _events;
    private readonly Lock _lock = new();
    private readonly TimeProvider _clock;
    private readonly int _active;
    private readonly int _enforced;
    private readonly int _overflow;
    private readonly int _total;
    private readonly int[] _detectedOf = new int[7];
    private readonly int[] _enforcedOf = new int[7];
    private WorkerRandom _random;

    public OutlierDetector(
        Cluster cluster, OutlierDetectionConfig config, TimeProvider clock, ulong seed, OutlierEvents? events = null)
    {
        _cluster = cluster;
        _config = config;
        _clock = clock;
        _events = events;
        _random = new WorkerRandom(seed);
        var scope = cluster.Stats.Scope;
        _active = scope.GetOrAdd("outlier_detection.ejections_active", StatKind.Gauge);
        _enforced = scope.GetOrAdd("outlier_detection.ejections_enforced_total");
        _overflow = scope.GetOrAdd("outlier_detection.ejections_overflow");
        foreach (var kind in Enum.GetValues<OutlierKind>())
        {
            _detectedOf[(int)kind] = scope.GetOrAdd($"outlier_detection.ejections_detected_{NameOf(kind)}");
            _enforcedOf[(int)kind] = scope.GetOrAdd($"outlier_detection.ejections_enforced_{NameOf(kind)}");
        }
        _total = scope.GetOrAdd("outlier_detection.ejections_total");
        scope.GetOrAdd("outlier_detection.ejections_consecutive_5xx");
        scope.GetOrAdd("outlier_detection.ejections_success_rate");
    }

    /// <summary>Mean of the last interval's success rates, for showing; -1: not known.</summary>
    public double SuccessRateAverage { get; private set; } = -1;

    public double SuccessRateThreshold { get; private set; } = -1;

    public double LocalSuccessRateAverage { get; private set; } = -1;

    public double LocalSuccessRateThreshold { get; private set; } = -1;

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
            Count(ref state.ConsecutiveGatewayFailure,
                Runtime("consecutive_gateway_failure", _config.ConsecutiveGatewayFailure), host,
                OutlierKind.ConsecutiveGatewayFailure);
        }
        else
        {
            Volatile.Write(ref state.ConsecutiveGatewayFailure, 0);
        }
        Count(ref state.Consecutive5xx, Runtime("consecutive_5xx", _config.Consecutive5xx), host,
            OutlierKind.Consecutive5xx);
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
        Interlocked.Increment(ref state.LocalIntervalTotal);
        Count(ref state.ConsecutiveLocalOriginFailure,
            Runtime("consecutive_local_origin_failure", _config.ConsecutiveLocalOriginFailure), host,
            OutlierKind.ConsecutiveLocalOriginFailure);
    }

    /// <summary>Reports a connection that came about; <paramref name="isFinal"/>: nothing else will be told of it.
    /// Thread: any worker.</summary>
    public void OnLocalOriginSuccess(Host host, bool isFinal = false)
    {
        if (host.Outlier is not { } state)
        {
            return;
        }
        if (_config.SplitExternalLocalOriginErrors)
        {
            Interlocked.Increment(ref state.LocalIntervalTotal);
            Interlocked.Increment(ref state.LocalIntervalSuccess);
            Volatile.Write(ref state.ConsecutiveLocalOriginFailure, 0);
        }
        else if (isFinal)
        {
            OnResponse(host, 200);
        }
    }

    /// <summary>A health check of the host has passed. Any thread.</summary>
    public void OnHealthy(Host host)
    {
        if (!_config.HealthCheckUnejects || (host.Health & HealthFlags.FailedOutlierCheck) == 0)
        {
            return;
        }
        lock (_lock)
        {
            Uneject(host, host.Outlier!, NowNanos);
        }
    }

    /// <summary>Hosts have left. Any thread.</summary>
    public void OnHosts(IReadOnlyList<Host> removed)
    {
        if (removed.Count > 0)
        {
            PublishActive();
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
            changed |= EjectByRates(false);
            changed |= EjectByRates(true);
            foreach (var host in _cluster.Hosts.Hosts)
            {
                if (host.Outlier is { } state)
                {
                    Interlocked.Exchange(ref state.IntervalTotal, 0);
                    Interlocked.Exchange(ref state.IntervalSuccess, 0);
                    Interlocked.Exchange(ref state.LocalIntervalTotal, 0);
                    Interlocked.Exchange(ref state.LocalIntervalSuccess, 0);
                }
            }
            if (changed)
            {
                _cluster.OnHealthChanged();
            }
        }
    }

    internal static string NameOf(OutlierKind kind) => kind switch
    {
        OutlierKind.Consecutive5xx => "consecutive_5xx",
        OutlierKind.ConsecutiveGatewayFailure => "consecutive_gateway_failure",
        OutlierKind.ConsecutiveLocalOriginFailure => "consecutive_local_origin_failure",
        OutlierKind.SuccessRate => "success_rate",
        OutlierKind.LocalOriginSuccessRate => "local_origin_success_rate",
        OutlierKind.FailurePercentage => "failure_percentage",
        _ => "local_origin_failure_percentage",
    };

    private static int Runtime(string key, int configured)
    {
        var settings = RuntimeSettings.Current;
        return settings.Values.Count == 0 ? configured
            : (int)settings.GetNumber($"outlier_detection.{key}", configured);
    }

    private void Count(ref int counter, int threshold, Host host, OutlierKind kind)
    {
        if (Interlocked.Increment(ref counter) != threshold)
        {
            return;
        }
        Volatile.Write(ref counter, 0);
        lock (_lock)
        {
            if ((host.Health & HealthFlags.FailedOutlierCheck) != 0 || host.IsRemoved)
            {
                return;
            }
            CountDetected(kind);
            if (Eject(host, kind))
            {
                _cluster.OnHealthChanged();
            }
        }
    }

    private void CountDetected(OutlierKind kind)
    {
        var scope = _cluster.Stats.Scope;
        scope.AddFromMain(_detectedOf[(int)kind]);
        if (kind is OutlierKind.Consecutive5xx or OutlierKind.SuccessRate)
        {
            scope.AddFromMain(scope.GetOrAdd($"outlier_detection.ejections_{NameOf(kind)}"));
        }
    }

    private void PublishActive() => _cluster.Stats.Scope.Set(_active, EjectedCount);

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
            _config.BaseEjectionTimeNanos * state.EjectionMultiplier, _config.MaxEjectionTimeNanos) + state.JitterNanos;
        if (nowNanos - state.EjectedAtNanos < duration)
        {
            return false;
        }
        Uneject(host, state, nowNanos);
        return true;
    }

    private void Uneject(Host host, OutlierState state, long nowNanos)
    {
        host.SetHealth(HealthFlags.FailedOutlierCheck, false);
        host.ClosesConnections = false;
        _events?.Uneject(_cluster, host, SecondsSince(state.EjectedAtNanos, nowNanos));
        state.UnejectedAtNanos = nowNanos;
        state.Consecutive5xx = state.ConsecutiveGatewayFailure = state.ConsecutiveLocalOriginFailure = 0;
        PublishActive();
    }

    private static long SecondsSince(long then, long now) => then == 0 ? -1 : (now - then) / 1_000_000_000;

    private bool Eject(Host host, OutlierKind kind)
    {
        var state = host.Outlier!;
        var scope = _cluster.Stats.Scope;
        var hostCount = Math.Max(1, _cluster.Hosts.Hosts.Length);
        var limit = Math.Min(100, Runtime("max_ejection_percent", _config.MaxEjectionPercent));
        var withinLimit = 100.0 * (EjectedCount + 1) / hostCount <= limit;
        if (!withinLimit && !(_config.AlwaysEjectOneHost && EjectedCount == 0))
        {
            scope.AddFromMain(_overflow);
            return false;
        }
        if (kind is OutlierKind.Consecutive5xx or OutlierKind.SuccessRate)
        {
            scope.AddFromMain(_total);
        }
        var nowNanos = NowNanos;
        var secondsSince = SecondsSince(state.UnejectedAtNanos, nowNanos);
        if (_random.Next(100) >= EnforcingOf(kind))
        {
            _events?.Eject(_cluster, host, kind, false, secondsSince);
            return false;
        }
        scope.AddFromMain(_enforced);
        scope.AddFromMain(_enforcedOf[(int)kind]);
        state.EjectedAtNanos = nowNanos;
        state.EjectionCount++;
        state.JitterNanos = _config.MaxEjectionTimeJitterNanos <= 0
            ? 0
            : (long)(_random.Next() % (ulong)_config.MaxEjectionTimeJitterNanos);
        if (_config.BaseEjectionTimeNanos * state.EjectionMultiplier < _config.MaxEjectionTimeNanos
            + _config.BaseEjectionTimeNanos)
        {
            state.EjectionMultiplier++;
        }
        host.SetHealth(HealthFlags.FailedOutlierCheck, true);
        PublishActive();
        _events?.Eject(_cluster, host, kind, true, secondsSince);
        host.CountFailure();
        host.ClosesConnections = _cluster.Config.CloseConnectionsOnHostHealthFailure;
        _cluster.PoolsStale?.Invoke(_cluster);
        return true;
    }

    private int EnforcingOf(OutlierKind kind) => kind switch
    {
        OutlierKind.Consecutive5xx => Runtime("enforcing_consecutive_5xx", _config.EnforcingConsecutive5xx),
        OutlierKind.ConsecutiveGatewayFailure =>
            Runtime("enforcing_consecutive_gateway_failure", _config.EnforcingConsecutiveGatewayFailure),
        OutlierKind.ConsecutiveLocalOriginFailure =>
            Runtime("enforcing_consecutive_local_origin_failure", _config.EnforcingConsecutiveLocalOriginFailure),
        OutlierKind.SuccessRate => Runtime("enforcing_success_rate", _config.EnforcingSuccessRate),
        OutlierKind.LocalOriginSuccessRate =>
            Runtime("enforcing_local_origin_success_rate", _config.EnforcingLocalOriginSuccessRate),
        OutlierKind.FailurePercentage =>
            Runtime("enforcing_failure_percentage", _config.EnforcingFailurePercentage),
        _ => Runtime("enforcing_failure_percentage_local_origin", _config.EnforcingFailurePercentageLocalOrigin),
    };
}
