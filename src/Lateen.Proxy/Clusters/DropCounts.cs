namespace Lateen.Proxy.Clusters;

/// <summary>
/// Requests to a cluster that were not sent, as load reports tell them: all of them, and those that the assignment's
/// policy dropped. Each worker counts in cells of its own.
/// </summary>
internal sealed class DropCounts(int workerCount)
{
    private const int Kinds = 2;

    private long[]? _cells;

    /// <summary>All of them. Thread: any.</summary>
    public long Total => Sum(0);

    /// <summary>Those of the policy. Thread: any.</summary>
    public long Overload => Sum(1);

    /// <summary>Counts a request. Thread: the worker itself.</summary>
    public void Count(int worker, bool isOverload)
    {
        var cells = Volatile.Read(ref _cells);
        if (cells is null)
        {
            Interlocked.CompareExchange(ref _cells, new long[(workerCount + 1) * Kinds], null);
            cells = _cells;
        }
        cells[worker * Kinds]++;
        cells[(worker * Kinds) + 1] += isOverload ? 1 : 0;
    }

    private long Sum(int kind)
    {
        long sum = 0;
        var cells = Volatile.Read(ref _cells);
        for (var i = kind; i < cells?.Length; i += Kinds)
        {
            sum += Volatile.Read(ref cells[i]);
        }
        return sum;
    }
}
