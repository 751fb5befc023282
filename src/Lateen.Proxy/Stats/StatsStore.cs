namespace Lateen.Proxy.Stats;

/// <summary>
/// All statistics of a process. Scopes are made by the configuration side; one of the same prefix is shared, so that
/// counters go
/// on when a cluster is replaced. Thread: any, for making, releasing and reading; adding is the worker's.
/// </summary>
internal sealed class StatsStore(int workerCount)
{
    private const int NameCountMax = 512;
    private const int KindCountMax = 256;

    private static readonly StatLayout _asyncLayout = StatLayout.Of(["rq_total"], [StatKind.Counter], []).With(
        "no_cluster no_route passthrough_internal_redirect_bad_location "
        + "passthrough_internal_redirect_no_route passthrough_internal_redirect_predicate "
        + "passthrough_internal_redirect_too_many_redirects passthrough_internal_redirect_unsafe_scheme "
        + "rq_direct_response rq_overload_local_reply rq_redirect rq_reset_after_downstream_response_started");

    private readonly Lock _lock = new();
    private readonly HashSet<string> _names = [];
    private readonly ScopeTable _scopes = new();
    private readonly HashSet<StatsScopeKind> _kinds = [];
    private StatsScope? _asyncClient;
    private readonly List<Action<List<StatSample>>> _sources = [];

    /// <summary>Number of workers; cells of worker i (from 1) and of the main thread (0).</summary>
    public int WorkerCount { get; } = workerCount;

    /// <summary>Of the proxy's own calls, listed from the start.</summary>
    public StatsScope AsyncClient => _asyncClient ??= GetScope("http.async-client.", _asyncLayout);

    /// <summary>Chooses a histogram's bucket bounds by its name; set once at start.</summary>
    public Func<string, double[]>? BoundsByName { get; set; }

    /// <summary>Single values of histograms; null: nobody wants them.</summary>
    public HistogramSamples? Samples { get; private set; }

    /// <summary>From now on the values are kept for a sink.</summary>
    public HistogramSamples KeepSamples() => Samples ??= new HistogramSamples();

    /// <summary>The scope of this prefix (with the final dot). Each call needs a <see
    /// cref="StatsScope.Release"/>.</summary>
    public StatsScope GetScope(string prefix, StatLayout layout) => GetScope("", prefix, "", layout);

    /// <summary>The scope whose prefix is these three texts one after the other, which are held as they are: the
    /// middle one is a name that others hold, too.</summary>
    public StatsScope GetScope(string head, string name, string tail, StatLayout layout)
    {
        lock (_lock)
        {
            if (_scopes.Find(head, name, tail, layout) is { } scope && scope.Acquire())
            {
                return scope;
            }
            scope = new StatsScope(KindOf(new StatsScopeKind(this, layout, head, tail)), name);
            _scopes.Add(scope);
            return scope;
        }
    }

    /// <summary>Holds once what many scopes were told alike; for when nothing is being taken in just now.</summary>
    public void ShareLists()
    {
        lock (_lock)
        {
            StatsScope.ShareLists(_scopes.All);
        }
    }

    /// <summary>Adds statistics that are computed when read, such as memory and uptime.</summary>
    public void AddSource(Action<List<StatSample>> source)
    {
        lock (_lock)
        {
            _sources.Add(source);
        }
    }

    /// <summary>All statistics, in order of names; those of equal name are one.</summary>
    /// <param name="filter">Of these alone, without making the names of others; null: all.</param>
    public List<StatSample> Collect(StatFilter? filter = null)
    {
        var samples = new List<StatSample>();
        StatsScope[] scopes;
        Action<List<StatSample>>[] sources;
        lock (_lock)
        {
            scopes = [.. _scopes.All];
            sources = [.. _sources];
        }
        // Outside the lock: sources take the configuration's lock, and the configuration makes scopes under it.
        foreach (var scope in scopes)
        {
            scope.Collect(samples, filter);
        }
        var computed = filter is null ? samples : [];
        foreach (var source in sources)
        {
            source(computed);
        }
        if (filter is not null)
        {
            samples.AddRange(computed.Where(sample =>
                filter.HistogramsOnly ? sample.Histogram is not null : filter.IsMatch("", sample.Name)));
        }
        samples.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return MergeEqual(samples);
    }

    /// <summary>Sets all counters to zero.</summary>
    public void ResetCounters()
    {
        lock (_lock)
        {
            foreach (var scope in _scopes.All)
            {
                scope.ResetCounters();
            }
        }
    }

    /// <summary>The same text, held once where many scopes have statistics of a name.</summary>
    internal string ShareName(string name)
    {
        lock (_names)
        {
            if (_names.TryGetValue(name, out var known))
            {
                return known;
            }
            if (_names.Count >= NameCountMax)
            {
                _names.Clear();
            }
            _names.Add(name);
            return name;
        }
    }

    internal double[] GetBounds(string name) => BoundsByName?.Invoke(name) ?? HistogramCells.DefaultBounds;

    internal void Release(StatsScope scope)
    {
        lock (_lock)
        {
            if (scope.ReleaseReference())
            {
                _scopes.Remove(scope);
            }
        }
    }

    private StatsScopeKind KindOf(StatsScopeKind kind)
    {
        if (_kinds.TryGetValue(kind, out var known))
        {
            return known;
        }
        if (_kinds.Count < KindCountMax)
        {
            _kinds.Add(kind);
        }
        return kind;
    }

    private static List<StatSample> MergeEqual(List<StatSample> samples)
    {
        var merged = new List<StatSample>(samples.Count);
        foreach (var sample in samples)
        {
            if (merged.Count > 0 && merged[^1].Name == sample.Name && sample.Kind != StatKind.TextReadout
                && ReferenceEquals(merged[^1].Tags, sample.Tags))
            {
                var last = merged[^1];
                if (last.Histogram is not null && sample.Histogram is not null)
                {
                    last.Histogram.Merge(sample.Histogram);
                }
                merged[^1] =
                    last with { Value = last.Value + sample.Value, Histogram = last.Histogram ?? sample.Histogram };
            }
            else
            {
                merged.Add(sample);
            }
        }
        return merged;
    }
}
