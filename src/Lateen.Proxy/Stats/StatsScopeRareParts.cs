namespace Lateen.Proxy.Stats;

/// <summary>What only scopes have that count requests, or that somebody has reset or told texts.</summary>
internal sealed class StatsScopeRareParts
{
    private HistogramCells?[]?[]? _histograms;
    private volatile KeyValuePair<string, string>[] _texts = [];

    /// <summary>By worker and place in the layout; null: nothing was recorded.</summary>
    public HistogramCells?[]?[]? Histograms => Volatile.Read(ref _histograms);

    /// <summary>Counters that stay used although they begin at 0 again; null: none was reset.</summary>
    public HashSet<int>? UsedBefore { get; set; }

    /// <summary>Indices of statistics outside the layout, where these are many.</summary>
    public Dictionary<string, int>? Dynamic { get; set; }

    /// <summary>Texts by name.</summary>
    public KeyValuePair<string, string>[] Texts
    {
        get => _texts;
        set => _texts = value;
    }

    /// <summary>Places for the histograms of each worker. Any thread.</summary>
    public HistogramCells?[]?[] MakeHistograms(int workerCount)
    {
        Interlocked.CompareExchange(ref _histograms, new HistogramCells?[]?[workerCount + 1], null);
        return _histograms;
    }
}
