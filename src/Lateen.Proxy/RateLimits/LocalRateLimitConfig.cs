using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.RateLimits;

/// <summary>Settings of <c>local_ratelimit</c>, of the chain or of a route.</summary>
internal sealed class LocalRateLimitConfig(StatsScope scope)
{
    private readonly int _enabled = scope.GetOrAdd("enabled");
    private readonly int _enforced = scope.GetOrAdd("enforced");
    private readonly int _ok = scope.GetOrAdd("ok");
    private readonly int _limited = scope.GetOrAdd("rate_limited");

    /// <summary>Makes the buckets; a connection has its own where that is asked for.</summary>
    public required Func<LocalRateLimiter> NewLimiter { get; init; }

    /// <summary>The buckets of all connections.</summary>
    public required LocalRateLimiter Limiter { get; init; }

    public bool PerConnection { get; init; }

    /// <summary>None by default.</summary>
    public FractionalPercent Enabled { get; init; } = new(0, 100);

    /// <summary>None by default.</summary>
    public FractionalPercent Enforced { get; init; } = new(0, 100);

    public HeaderMutations RequestHeaders { get; init; } = HeaderMutations.None;

    public HeaderMutations ResponseHeaders { get; init; } = HeaderMutations.None;

    public RateLimitPolicy[] Policies { get; init; } = [];

    public uint Stage { get; init; }

    /// <summary>What becomes of the virtual host's policies.</summary>
    public VirtualHostRateLimits VirtualHost { get; init; }

    /// <summary>The cluster whose hosts share the buckets evenly; null: nobody shares them.</summary>
    public Clusters.ClusterSlot? SharedBy { get; init; }

    public int Status { get; init; } = 429;

    public bool ResourceExhausted { get; init; }

    /// <summary>Tell the limit in <c>x-ratelimit-</c> headers.</summary>
    public bool EnableHeaders { get; init; }

    /// <summary>Refusals tell when to come again.</summary>
    public bool EnableRetryAfter { get; init; }

    /// <summary>Counts a request that was let pass since its bucket is only tried out.</summary>
    public void CountShadow(int worker) => scope.Add(worker, scope.GetOrAdd("shadow_mode"));

    /// <summary>Counts a request that was looked at, and whether it had its token.</summary>
    public void Count(int worker, bool taken)
    {
        scope.Add(worker, _enabled);
        scope.Add(worker, taken ? _ok : _limited);
    }

    /// <summary>Counts a refusal.</summary>
    public void CountEnforced(int worker) => scope.Add(worker, _enforced);
}
