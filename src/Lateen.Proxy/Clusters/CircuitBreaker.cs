namespace Lateen.Proxy.Clusters;

/// <summary>
/// One limit of a cluster, over all workers. Unlimited ones (2^32-1, as Istio sets them) take no shared write.
/// </summary>
internal sealed class CircuitBreaker(long limit)
{
    private const long Unlimited = uint.MaxValue;
    private long _current;

    public long Limit { get; } = limit;

    public long Current => Volatile.Read(ref _current);

    /// <summary>Whether the limit is reached, for the gauges <c>…_open</c>.</summary>
    public bool IsOpen => Limit < Unlimited && Current >= Limit;

    /// <summary>Takes one; false when the limit is reached.</summary>
    public bool TryAcquire()
    {
        if (Limit >= Unlimited)
        {
            return true;
        }
        if (Interlocked.Increment(ref _current) <= Limit)
        {
            return true;
        }
        Interlocked.Decrement(ref _current);
        return false;
    }

    /// <summary>Takes one even above the limit (a pool's first connection).</summary>
    public void Acquire()
    {
        if (Limit < Unlimited)
        {
            Interlocked.Increment(ref _current);
        }
    }

    public void Release()
    {
        if (Limit < Unlimited)
        {
            Interlocked.Decrement(ref _current);
        }
    }
}
