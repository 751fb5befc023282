namespace Lateen.Proxy.Clusters;

/// <summary>
/// One limit of a cluster, over all workers. Unlimited ones (2^32-1, as Istio sets them) take no shared write.
/// </summary>
internal sealed class CircuitBreaker(long limit)
{
    private const long Unlimited = uint.MaxValue;
    private long _current;
    private bool _isUsed;

    public long Limit { get; } = limit;

    public long Current => Volatile.Read(ref _current);

    /// <summary>Whether the limit is reached, for the gauges <c>…_open</c>.</summary>
    public bool IsOpen => Limit is >= 0 and < Unlimited && _isUsed && Current >= Limit;

    /// <summary>What is left. Without any limit (negative) it counts down from 2^64-1, as Envoy does for
    /// pools.</summary>
    public long Remaining => Limit < 0 ? Limit - Current : Math.Max(0, Limit - Current);

    /// <summary>Whether one more may be taken just now.</summary>
    public bool HasRoom => Limit < 0 || Current < Limit;

    /// <summary>Takes one; false when the limit is reached.</summary>
    public bool TryAcquire()
    {
        if (Limit >= Unlimited)
        {
            return true;
        }
        if (Limit < 0)
        {
            Interlocked.Increment(ref _current);
            return true;
        }
        if (Interlocked.Increment(ref _current) <= Limit)
        {
            _isUsed = true;
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
            _isUsed = true;
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
