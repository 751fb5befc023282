namespace Lateen.Proxy.Stats;

/// <summary>All series of Istio's metrics in the process, by their tags; shared by all listeners and workers.</summary>
internal sealed class IstioSeriesStore
{
    private static readonly StatLayout Layout = StatLayout.Build<IstioStat, IstioHistogram>([]);

    private readonly StatsStore _stats;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (IstioSeries Series, string[] Dropped)> _series = [];
    private readonly string _version;

    /// <summary><paramref name="version"/> is the tag of <c>istio_build</c>.</summary>
    public IstioSeriesStore(StatsStore stats, string version)
    {
        _stats = stats;
        _version = version;
        stats.AddSource(Collect);
    }

    public int WorkerCount => _stats.WorkerCount;

    /// <summary>The series with these tags. Beyond the limit the first one is given, so that memory stays
    /// bounded.</summary>
    public IstioSeries GetOrAdd(KeyValuePair<string, string>[] tags, string[] dropped)
    {
        var key = string.Join('\u0001', tags.Select(tag => $"{tag.Key}\u0002{tag.Value}"));
        lock (_lock)
        {
            if (_series.TryGetValue(key, out var known))
            {
                return known.Series;
            }
            if (_series.Count >= IstioMetrics.SeriesCountMax)
            {
                return _series.First().Value.Series;
            }
            var cells = new StatsScope(_stats, Layout, "istiocustom.istio_", _stats.WorkerCount);
            var series = new IstioSeries(tags, cells);
            _series.Add(key, (series, dropped));
            return series;
        }
    }

    private void Collect(List<StatSample> samples)
    {
        var own = new List<StatSample>();
        lock (_lock)
        {
            if (_series.Count > 0)
            {
                samples.Add(new StatSample("istiocustom.istio_build", StatKind.Gauge, 1, null, null,
                    [new("component", "proxy"), new("tag", _version)]));
            }
            foreach (var (series, dropped) in _series.Values)
            {
                own.Clear();
                series.Cells.Collect(own);
                foreach (var sample in own)
                {
                    var isUsed = sample.Value != 0 || sample.Histogram is not null;
                    if (isUsed && !dropped.Contains(sample.Name["istiocustom.istio_".Length..]))
                    {
                        samples.Add(sample with { Tags = series.Tags });
                    }
                }
            }
        }
    }
}
