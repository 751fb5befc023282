namespace Lateen.Proxy.Stats;

/// <summary>All series of Istio's metrics in the process, by their tags; shared by all listeners and workers.</summary>
internal sealed class IstioSeriesStore
{
    /// <summary>Istio's standard metrics.</summary>
    public static readonly StatLayout Standard = StatLayout.Build<IstioStat, IstioHistogram>([]);

    private const string Prefix = "istiocustom.istio_";

    private readonly StatsStore _stats;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, IstioSeries> _series = [];
    private readonly string _version;
    private bool _isUsed;
    private int _generation;

    /// <summary><paramref name="version"/> is the tag of <c>istio_build</c>.</summary>
    public IstioSeriesStore(StatsStore stats, string version)
    {
        _stats = stats;
        _version = version;
        stats.AddSource(Collect);
    }

    public int WorkerCount => _stats.WorkerCount;

    /// <summary>Changes whenever series have gone, so that remembered ones are to be asked for again.</summary>
    public int Generation => Volatile.Read(ref _generation);

    /// <summary>A filter has been made: the build's metric shows from now on.</summary>
    public void MarkUsed() => _isUsed = true;

    /// <summary>The series with these tags, of the standard metrics or of one's own. Beyond the limit the first one of
    /// its kind is given, so that memory stays bounded.</summary>
    public StatsScope GetOrAdd(KeyValuePair<string, string>[] tags, StatLayout layout)
    {
        var own = ReferenceEquals(layout, Standard) ? "" : layout.Names.Concat(layout.Histograms).First();
        var key = own + '\u0003' + string.Join('\u0001', tags.Select(tag => $"{tag.Key}\u0002{tag.Value}"));
        lock (_lock)
        {
            if (_series.TryGetValue(key, out var known))
            {
                return known.Cells;
            }
            if (_series.Count >= IstioMetrics.SeriesCountMax
                && _series.FirstOrDefault(entry => entry.Key.StartsWith(own + '\u0003', StringComparison.Ordinal))
                    is { Value: { } first })
            {
                return first.Cells;
            }
            var series = new IstioSeries(tags, new StatsScope(new StatsScopeKind(_stats, layout, Prefix, ""), ""));
            _series.Add(key, series);
            return series.Cells;
        }
    }

    /// <summary>Forgets series that have not counted since the last call.</summary>
    public void EvictUnused()
    {
        var samples = new List<StatSample>();
        lock (_lock)
        {
            var before = _series.Count;
            foreach (var (key, series) in _series)
            {
                samples.Clear();
                series.Cells.Collect(samples);
                if (series.IsUnusedSince(samples))
                {
                    _series.Remove(key);
                }
            }
            if (_series.Count < before)
            {
                Interlocked.Increment(ref _generation);
            }
        }
    }

    private void Collect(List<StatSample> samples)
    {
        var own = new List<StatSample>();
        lock (_lock)
        {
            if (_isUsed)
            {
                samples.Add(new StatSample("istiocustom.istio_build", StatKind.Gauge, 1, null, null,
                    [new("component", "proxy"), new("tag", _version)]));
            }
            foreach (var series in _series.Values)
            {
                own.Clear();
                series.Cells.Collect(own);
                foreach (var sample in own)
                {
                    if (sample.Value != 0 || sample.Histogram is not null)
                    {
                        samples.Add(sample with { Tags = series.Tags });
                    }
                }
            }
        }
    }
}
