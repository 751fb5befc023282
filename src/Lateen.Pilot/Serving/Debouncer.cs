namespace Lateen.Pilot.Serving;

/// <summary>
/// Gathers changes by key, the last of a key wins, and hands them on when nothing came for the quiet time or the first
/// one has waited for the maximum. Any thread may add; a batch is handed on from a timer's thread.
/// </summary>
public sealed class Debouncer<TKey, TChange> : IDisposable
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly DebounceOptions _options;
    private readonly TimeProvider _clock;
    private readonly Action<IReadOnlyCollection<TChange>> _flush;
    private readonly ITimer _timer;
    private Dictionary<TKey, TChange> _pending = [];
    private DateTimeOffset _firstAt;

    /// <param name="options">Quiet time and maximum.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="flush">Takes a batch; must not wait long.</param>
    public Debouncer(DebounceOptions options, TimeProvider clock, Action<IReadOnlyCollection<TChange>> flush)
    {
        ArgumentNullException.ThrowIfNull(clock);
        _options = options;
        _clock = clock;
        _flush = flush;
        _timer = clock.CreateTimer(_ => Flush(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Adds changes.</summary>
    public void Add(IEnumerable<KeyValuePair<TKey, TChange>> changes)
    {
        ArgumentNullException.ThrowIfNull(changes);
        lock (_lock)
        {
            var now = _clock.GetUtcNow();
            if (_pending.Count == 0)
            {
                _firstAt = now;
            }
            foreach (var (key, change) in changes)
            {
                _pending[key] = change;
            }
            var left = _firstAt + _options.Max - now;
            var wait = left < _options.Quiet ? left : _options.Quiet;
            _timer.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Ends the timer; what is pending is dropped.</summary>
    public void Dispose() => _timer.Dispose();

    private void Flush()
    {
        Dictionary<TKey, TChange> batch;
        lock (_lock)
        {
            if (_pending.Count == 0)
            {
                return;
            }
            batch = _pending;
            _pending = [];
        }
        _flush(batch.Values);
    }
}
