namespace Lateen.Proxy.Stats;

/// <summary>
/// Statistics whose tags are told beside their names, by prefix and tags; shared by all configurations and workers that
/// name the same, so that they count on when a listener is replaced. Thread: any.
/// </summary>
internal sealed class TaggedSeriesStore
{
    /// <summary>Series there may be; what comes later is counted under the first of its layout.</summary>
    public const int SeriesCountMax = 10_000;

    private readonly StatsStore _stats;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (StatsScope Cells, KeyValuePair<string, string>[] Tags)> _series = [];
    private readonly Dictionary<StatLayout, StatsScope> _first = [];
    private readonly StatsScope _limits;

    public TaggedSeriesStore(StatsStore stats)
    {
        _stats = stats;
        _limits = stats.GetScope("access_logs.stats_access_log.", StatLayout.Empty);
        stats.AddSource(Collect);
    }

    public int WorkerCount => _stats.WorkerCount;

    /// <summary>The cells of these tags; <paramref name="prefix"/> ends with a dot.</summary>
    public StatsScope GetOrAdd(string prefix, StatLayout layout, KeyValuePair<string, string>[] tags)
    {
        var key = string.Join('\u0003', prefix, string.Join(',', layout.Names), string.Join(',', layout.Histograms),
            string.Join('\u0001', tags.Select(tag => $"{tag.Key}\u0002{tag.Value}")));
        lock (_lock)
        {
            if (_series.TryGetValue(key, out var known))
            {
                return known.Cells;
            }
            if (_series.Count >= SeriesCountMax && _first.TryGetValue(layout, out var first))
            {
                _limits.AddFromMain(_limits.GetOrAdd("series_overflow"));
                return first;
            }
            var cells = new StatsScope(new StatsScopeKind(_stats, layout, prefix, ""), "");
            _series.Add(key, (cells, tags));
            _first.TryAdd(layout, cells);
            return cells;
        }
    }

    private void Collect(List<StatSample> samples)
    {
        var own = new List<StatSample>();
        lock (_lock)
        {
            foreach (var (cells, tags) in _series.Values)
            {
                own.Clear();
                cells.Collect(own);
                foreach (var sample in own)
                {
                    if (sample.Value != 0 || sample.Histogram is not null)
                    {
                        samples.Add(tags.Length == 0 ? sample : sample with { Tags = tags });
                    }
                }
            }
        }
    }
}
