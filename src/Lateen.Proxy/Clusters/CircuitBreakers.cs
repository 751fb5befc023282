namespace Lateen.Proxy.Clusters;

/// <summary>The limits of a cluster for one routing priority.</summary>
internal sealed class CircuitBreakers
{
    public CircuitBreaker Connections { get; init; } = new(1024);

    public CircuitBreaker PendingRequests { get; init; } = new(1024);

    public CircuitBreaker Requests { get; init; } = new(1024);

    public CircuitBreaker Retries { get; init; } = new(3);

    public CircuitBreaker ConnectionPools { get; init; } = new(-1);

    /// <summary>Percent of active requests that may be retries; negative: no budget, <see cref="Retries"/>
    /// counts.</summary>
    public double RetryBudgetPercent { get; init; } = -1;

    public int RetryBudgetMinConcurrency { get; init; } = 3;

    /// <summary>Whether remaining_… gauges are shown.</summary>
    public bool TrackRemaining { get; init; }

    private long _budgetRetries;

    /// <summary>
    /// Takes a retry. With a budget the limit follows the load given: active and pending requests of the cluster.
    /// </summary>
    public bool TryAcquireRetry(long activeAndPending)
    {
        if (RetryBudgetPercent < 0)
        {
            return Retries.TryAcquire();
        }
        var limit = Math.Max(RetryBudgetMinConcurrency, (long)(RetryBudgetPercent / 100 * activeAndPending));
        if (Interlocked.Increment(ref _budgetRetries) <= limit)
        {
            return true;
        }
        Interlocked.Decrement(ref _budgetRetries);
        return false;
    }

    public void ReleaseRetry()
    {
        if (RetryBudgetPercent < 0)
        {
            Retries.Release();
        }
        else
        {
            Interlocked.Decrement(ref _budgetRetries);
        }
    }
}
