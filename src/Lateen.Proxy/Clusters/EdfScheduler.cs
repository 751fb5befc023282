namespace Lateen.Proxy.Clusters;

/// <summary>
/// Earliest deadline first: over any window of the weights' sum each entry comes as often as its weight says. Ties go
/// by the
/// order of insertion. Owned by one worker; a pick allocates nothing.
/// </summary>
internal sealed class EdfScheduler
{
    private readonly double[] _deadlines;
    private readonly long[] _orders;
    private readonly int[] _heap;
    private int _count;
    private long _nextOrder;
    private double _now;

    public EdfScheduler(int capacity)
    {
        _deadlines = new double[capacity];
        _orders = new long[capacity];
        _heap = new int[capacity];
    }

    public bool IsEmpty => _count == 0;

    /// <summary>Enters an entry; weights at or below zero count as very small.</summary>
    public void Add(int entry, double weight)
    {
        _deadlines[entry] = _now + 1 / Math.Max(weight, 1e-9);
        _orders[entry] = _nextOrder++;
        var i = _count++;
        _heap[i] = entry;
        while (i > 0 && IsBefore(_heap[i], _heap[(i - 1) / 2]))
        {
            (_heap[i], _heap[(i - 1) / 2]) = (_heap[(i - 1) / 2], _heap[i]);
            i = (i - 1) / 2;
        }
    }

    /// <summary>Takes the next entry out; the caller puts it back with its present weight.</summary>
    public int Take()
    {
        var top = _heap[0];
        _now = _deadlines[top];
        _heap[0] = _heap[--_count];
        for (var i = 0; ;)
        {
            var child = 2 * i + 1;
            if (child >= _count)
            {
                return top;
            }
            if (child + 1 < _count && IsBefore(_heap[child + 1], _heap[child]))
            {
                child++;
            }
            if (!IsBefore(_heap[child], _heap[i]))
            {
                return top;
            }
            (_heap[i], _heap[child]) = (_heap[child], _heap[i]);
            i = child;
        }
    }

    private bool IsBefore(int a, int b)
    {
        return _deadlines[a] < _deadlines[b] || (_deadlines[a] == _deadlines[b] && _orders[a] < _orders[b]);
    }
}
