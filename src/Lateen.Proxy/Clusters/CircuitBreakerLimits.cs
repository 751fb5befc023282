namespace Lateen.Proxy.Clusters;

/// <summary>Limits of one priority with Envoy's defaults.</summary>
internal sealed record CircuitBreakerLimits
{
    public static CircuitBreakerLimits Default { get; } = new();

    public uint MaxConnections { get; init; } = 1024;

    public uint MaxPendingRequests { get; init; } = 1024;

    public uint MaxRequests { get; init; } = 1024;

    public uint MaxRetries { get; init; } = 3;

    /// <summary>Negative: unlimited.</summary>
    public long MaxConnectionPools { get; init; } = -1;

    public bool TrackRemaining { get; init; }

    public double RetryBudgetPercent { get; init; } = -1;

    public int RetryBudgetMinConcurrency { get; init; } = 3;

    public CircuitBreakers Build() => new()
    {
        Connections = new CircuitBreaker(MaxConnections),
        PendingRequests = new CircuitBreaker(MaxPendingRequests),
        Requests = new CircuitBreaker(MaxRequests),
        Retries = new CircuitBreaker(MaxRetries),
        ConnectionPools = new CircuitBreaker(MaxConnectionPools),
        RetryBudgetPercent = RetryBudgetPercent,
        RetryBudgetMinConcurrency = RetryBudgetMinConcurrency,
        TrackRemaining = TrackRemaining,
    };
}
