namespace Lateen.Proxy.Stats;

/// <summary>
/// All statistics of a process. Scopes are made by the configuration side; one of the same prefix is shared, so that
/// counters go
/// on when a cluster is replaced. Thread: any, for making, releasing and reading; adding is the worker's.
/// </summary>
internal sealed class StatsStore(int workerCount)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string, StatLayout), StatsScope> _scopes = [];
    private readonly List<Action<List<StatSample>>> _sources = [];

    /// <summary>Number of workers; cells of worker i (from 1) and of the main thread (0).</summary>
    public int WorkerCount { get; } = workerCount;

    /// <summary>Chooses a histogram's bucket bounds by its name; set once at start.</summary>
    public Func<string, double[]>? BoundsByName { get; set; }

    /// <summary>Single values of histograms; null: nobody wants them.</summary>
    public HistogramSamples? Samples { get; private set; }

    /// <summary>From now on the values are kept for a sink.</summary>
    public HistogramSamples KeepSamples() => Samples ??= new HistogramSamples();

    /// <summary>The scope of this prefix (with the final dot). Each call needs a <see
    /// cref="StatsScope.Release"/>.</summary>
    public StatsScope GetScope(string prefix, StatLayout layout)
    {
        lock (_lock)
        {
            if (_scopes.TryGetValue((prefix, layout), out var scope) && scope.Acquire())
            {
                return scope;
            }
            scope = new StatsScope(this, layout, prefix, WorkerCount);
            _scopes.Add((prefix, layout), scope);
            return scope;
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
    public List<StatSample> Collect()
    {
        var samples = new List<StatSample>();
        StatsScope[] scopes;
        Action<List<StatSample>>[] sources;
        lock (_lock)
        {
            scopes = [.. _scopes.Values];
            sources = [.. _sources];
        }
        // Outside the lock: sources take the configuration's lock, and the configuration makes scopes under it.
        foreach (var scope in scopes)
        {
            scope.Collect(samples);
        }
        foreach (var source in sources)
        {
            source(samples);
        }
        samples.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return MergeEqual(samples);
    }

    /// <summary>Sets all counters to zero.</summary>
    public void ResetCounters()
    {
        lock (_lock)
        {
            foreach (var scope in _scopes.Values)
            {
                scope.ResetCounters();
            }
        }
    }

    internal double[] GetBounds(string name) => BoundsByName?.Invoke(name) ?? HistogramCells.DefaultBounds;

    internal void Release(StatsScope scope)
    {
        lock (_lock)
        {
            if (scope.ReleaseReference())
            {
                foreach (var (key, value) in _scopes)
                {
                    if (ReferenceEquals(value, scope))
                    {
                        _scopes.Remove(key);
                        return;
                    }
                }
            }
        }
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
