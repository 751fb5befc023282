using Lateen.Proxy.Stats.Sinks;

namespace Lateen.Proxy.Stats;

/// <summary>
/// Reads all statistics from time to time, works out what has changed, and hands that to the sinks. The last flush is
/// also what quantiles on the admin port are made of, as Envoy's are. Thread: one at a time, by its lock.
/// </summary>
internal sealed class StatsFlusher : IDisposable
{
    private readonly StatsStore _store;
    private readonly TimeProvider _clock;
    private readonly StatsMatcher _matcher;
    private readonly TagExtractor _extractor;
    private readonly StatsSink[] _sinks;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _counters = [];
    private readonly Dictionary<string, (string Name, KeyValuePair<string, string>[] Tags)> _names = [];
    private Dictionary<string, HistogramCells> _histograms = [];
    private Dictionary<string, HistogramCells> _intervals = [];
    private DateTimeOffset _last;
    private ITimer? _timer;

    public StatsFlusher(
        StatsStore store, TimeProvider clock, StatsMatcher matcher, TagExtractor extractor, StatsSink[] sinks)
    {
        _store = store;
        _clock = clock;
        _matcher = matcher;
        _extractor = extractor;
        _sinks = sinks;
        _last = clock.GetUtcNow();
    }

    public bool HasSinks => _sinks.Length > 0;

    /// <summary>Flushes periodically, if there is anybody to tell.</summary>
    public void Start(TimeSpan interval)
    {
        if (HasSinks)
        {
            _timer = _clock.CreateTimer(_ => Flush(), null, interval, interval);
        }
    }

    /// <summary>Flushes if the last one is older; for readers where no timer runs.</summary>
    public void FlushIfOlder(TimeSpan age)
    {
        if (_clock.GetUtcNow() - _last >= age)
        {
            Flush();
        }
    }

    public void Flush()
    {
        lock (_lock)
        {
            var now = _clock.GetUtcNow();
            var flushed = new List<FlushedStat>();
            var histograms = new Dictionary<string, HistogramCells>();
            var intervals = new Dictionary<string, HistogramCells>();
            foreach (var sample in _store.Collect(HasSinks ? null : StatFilter.Histograms))
            {
                if (!_matcher.IsShown(sample.Name))
                {
                    continue;
                }
                var key = KeyOf(sample);
                var interval = sample.Histogram is null ? null : IntervalOf(key, sample.Histogram);
                if (sample.Histogram is not null)
                {
                    histograms[key] = sample.Histogram;
                    intervals[key] = interval!;
                }
                if (HasSinks && sample.IsUsed)
                {
                    var (name, tags) = NameOf(key, sample);
                    flushed.Add(new FlushedStat(sample, DeltaOf(key, sample), interval, name, tags));
                }
            }
            (_histograms, _intervals) = (histograms, intervals);
            var snapshot = new StatsSnapshot(flushed, now, _last);
            _last = now;
            foreach (var sink in _sinks)
            {
                sink.Flush(snapshot);
            }
        }
    }

    /// <summary>Of a histogram: all until the last flush, and what came between the last two.</summary>
    public (HistogramCells? Total, HistogramCells? Interval) GetHistogram(StatSample sample)
    {
        lock (_lock)
        {
            var key = KeyOf(sample);
            return (_histograms.GetValueOrDefault(key), _intervals.GetValueOrDefault(key));
        }
    }

    public void Dispose()
    {
        _timer?.Dispose();
        foreach (var sink in _sinks)
        {
            sink.Dispose();
        }
    }

    internal static string KeyOf(StatSample sample) => sample.Tags is null
        ? sample.Name
        : sample.Name + string.Concat(sample.Tags.Select(tag => $"\u0001{tag.Key}\u0002{tag.Value}"));

    private long DeltaOf(string key, StatSample sample)
    {
        if (sample.Kind != StatKind.Counter)
        {
            return 0;
        }
        var before = _counters.GetValueOrDefault(key);
        _counters[key] = sample.Value;
        return sample.Value >= before ? sample.Value - before : sample.Value;
    }

    private HistogramCells IntervalOf(string key, HistogramCells total)
    {
        var interval = new HistogramCells(total.Bounds);
        interval.Merge(total);
        if (_histograms.TryGetValue(key, out var before))
        {
            interval.Subtract(before);
        }
        return interval;
    }

    private (string Name, KeyValuePair<string, string>[] Tags) NameOf(string key, StatSample sample)
    {
        if (_names.TryGetValue(key, out var known))
        {
            return known;
        }
        var tags = new List<KeyValuePair<string, string>>();
        var name = sample.Tags is null ? _extractor.Extract(sample.Name, tags) : sample.Name;
        return _names[key] = (name, sample.Tags ?? [.. tags]);
    }
}
