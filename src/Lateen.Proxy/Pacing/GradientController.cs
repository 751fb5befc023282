using Lateen.Proxy.Clusters;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Pacing;

/// <summary>
/// The limit of concurrent requests that <c>adaptive_concurrency</c> works out from how long they take. All workers
/// share it; it has no timer: each step is taken by the first request after its time. Thread: any.
/// </summary>
internal sealed class GradientController
{
    private const int MinimumUpdatesMax = 5;
    private const int SamplesMax = 10_000;

    private readonly Lock _lock = new();
    private readonly GradientConfig _config;
    private readonly List<long> _samples = [];
    private readonly StatsScope _scope;
    private readonly int _limitStat;
    private readonly int _gradientStat;
    private readonly int _burstStat;
    private readonly int _minRttStat;
    private readonly int _sampleRttStat;
    private readonly int _activeStat;
    private WorkerRandom _random;
    private int _limit;
    private int _deferredLimit;
    private int _minimumUpdates;
    private int _outstanding;
    private double _minRttNanos;
    private long _nextWindowNanos;
    private long _nextUpdateNanos;
    private bool _isMeasuring;

    public GradientController(GradientConfig config, StatsScope scope, ulong seed)
    {
        const string Prefix = "adaptive_concurrency.gradient_controller.";
        _config = config;
        _scope = scope;
        _random = new WorkerRandom(seed);
        _limitStat = scope.GetOrAdd($"{Prefix}concurrency_limit", StatKind.Gauge);
        _gradientStat = scope.GetOrAdd($"{Prefix}gradient", StatKind.Gauge);
        _burstStat = scope.GetOrAdd($"{Prefix}burst_queue_size", StatKind.Gauge);
        _minRttStat = scope.GetOrAdd($"{Prefix}min_rtt_msecs", StatKind.Gauge);
        _sampleRttStat = scope.GetOrAdd($"{Prefix}sample_rtt_msecs", StatKind.Gauge);
        _activeStat = scope.GetOrAdd($"{Prefix}min_rtt_calculation_active", StatKind.Gauge);
        _deferredLimit = _limit = config.LimitMin;
        if (config.FixedRttNanos is { } fixedRtt)
        {
            // Nothing is ever measured.
            _minRttNanos = fixedRtt;
            _nextWindowNanos = long.MaxValue;
            SetLimit(config.LimitMin);
            scope.Set(_minRttStat, fixedRtt / 1_000_000);
            return;
        }
        Enter();
    }

    public int Limit => _limit;

    public bool IsMeasuring => _isMeasuring;

    /// <summary>Whether one more request may go on; it must be given back by <see cref="Leave"/>.</summary>
    public bool TryEnter(long nowNanos)
    {
        lock (_lock)
        {
            Tick(nowNanos);
            if (_outstanding >= _limit)
            {
                return false;
            }
            _outstanding++;
            return true;
        }
    }

    /// <summary>A request is over; negative time: it gives no sample.</summary>
    public void Leave(long tookNanos, long nowNanos)
    {
        lock (_lock)
        {
            _outstanding--;
            if (tookNanos >= 0 && _samples.Count < SamplesMax)
            {
                _samples.Add(tookNanos);
            }
            if (_isMeasuring && _samples.Count >= _config.SampleCount)
            {
                EndMeasuring(nowNanos);
            }
            Tick(nowNanos);
        }
    }

    private void Tick(long nowNanos)
    {
        if (_isMeasuring)
        {
            return;
        }
        if (nowNanos >= _nextWindowNanos)
        {
            _deferredLimit = _limit;
            Enter();
            return;
        }
        if (nowNanos >= _nextUpdateNanos)
        {
            _nextUpdateNanos = nowNanos + _config.UpdateNanos;
            if (_samples.Count > 0)
            {
                Update();
            }
        }
    }

    /// <summary>The least time is measured while few requests go on.</summary>
    private void Enter()
    {
        _isMeasuring = true;
        _samples.Clear();
        SetLimit(_config.LimitMin);
        _scope.Set(_activeStat, 1);
    }

    private void EndMeasuring(long nowNanos)
    {
        _minRttNanos = TakePercentile();
        _isMeasuring = false;
        _minimumUpdates = 0;
        SetLimit(_deferredLimit);
        var jitter = _config.Jitter > 0 ? _random.Next() / (double)ulong.MaxValue * _config.Jitter : 0;
        _nextWindowNanos = nowNanos + (long)(_config.WindowNanos * (1 + jitter));
        _nextUpdateNanos = nowNanos + _config.UpdateNanos;
        _scope.Set(_activeStat, 0);
        _scope.Set(_minRttStat, (long)(_minRttNanos / 1_000_000));
    }

    private void Update()
    {
        var sample = TakePercentile();
        _scope.Set(_sampleRttStat, (long)(sample / 1_000_000));
        var gradient = Math.Clamp(_minRttNanos * (1 + _config.Buffer) / Math.Max(sample, 1), 0.5, 2.0);
        var wanted = _limit * gradient;
        var burst = Math.Sqrt(wanted);
        _scope.Set(_gradientStat, (long)(gradient * 1000));
        _scope.Set(_burstStat, (long)burst);
        SetLimit((int)Math.Clamp((long)(wanted + burst), _config.LimitMin, _config.LimitMax));
        _minimumUpdates = _limit == _config.LimitMin ? _minimumUpdates + 1 : 0;
        if (_minimumUpdates >= MinimumUpdatesMax && _config.FixedRttNanos is null)
        {
            _deferredLimit = _limit;
            Enter();
        }
    }

    private double TakePercentile()
    {
        _samples.Sort();
        var index = (int)Math.Clamp(_samples.Count * _config.Percentile, 0, _samples.Count - 1);
        var value = _samples[index];
        _samples.Clear();
        return value;
    }

    private void SetLimit(int limit)
    {
        _limit = limit;
        _scope.Set(_limitStat, limit);
    }
}

/// <summary>Settings of the controller. Source: <c>GradientControllerConfig</c>; shares are 0 to 1.</summary>
internal sealed record GradientConfig(
    double Percentile, int LimitMin, int LimitMax, long UpdateNanos, long WindowNanos, int SampleCount, double Jitter,
    double Buffer, long? FixedRttNanos = null);
