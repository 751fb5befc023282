namespace Lateen.Proxy.Clusters;

/// <summary>What a host's load reports said of the metrics that the cluster passes on, summed since the last reading.
/// Thread: any.</summary>
internal sealed class HostLoadMetrics
{
    private const int CountMax = 256;

    private readonly Lock _lock = new();
    private Dictionary<string, (ulong Count, double Total)> _sums = new(StringComparer.Ordinal);

    public void Add(string name, double value)
    {
        lock (_lock)
        {
            if (_sums.TryGetValue(name, out var sum) || _sums.Count < CountMax)
            {
                _sums[name] = (sum.Count + 1, sum.Total + value);
            }
        }
    }

    /// <summary>The sums, which begin anew.</summary>
    public Dictionary<string, (ulong Count, double Total)> Take()
    {
        lock (_lock)
        {
            var sums = _sums;
            if (sums.Count > 0)
            {
                _sums = new Dictionary<string, (ulong Count, double Total)>(StringComparer.Ordinal);
            }
            return sums;
        }
    }
}
