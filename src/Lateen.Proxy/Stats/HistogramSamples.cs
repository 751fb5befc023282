namespace Lateen.Proxy.Stats;

/// <summary>
/// Single values of histograms since the last flush, for sinks that want each one. Only filled where there is such a
/// sink; what does not fit is left out. Thread: any.
/// </summary>
internal sealed class HistogramSamples
{
    private const int CountMax = 100_000;

    private readonly Lock _lock = new();
    private List<(StatsScope Scope, int Histogram, double Value)> _pending = [];
    private List<(StatsScope Scope, int Histogram, double Value)> _spare = [];

    public void Add(StatsScope scope, int histogram, double value)
    {
        lock (_lock)
        {
            if (_pending.Count < CountMax)
            {
                _pending.Add((scope, histogram, value));
            }
        }
    }

    /// <summary>Takes the values; the list is valid until the next call.</summary>
    public IReadOnlyList<(StatsScope Scope, int Histogram, double Value)> Take()
    {
        lock (_lock)
        {
            (_pending, _spare) = (_spare, _pending);
            _pending.Clear();
            return _spare;
        }
    }
}
