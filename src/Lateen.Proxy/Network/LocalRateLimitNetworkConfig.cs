using Lateen.Proxy.Listeners;
using Lateen.Proxy.RateLimits;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Network;

/// <summary>The network filter <c>local_ratelimit</c>: each new connection takes a token.</summary>
internal sealed class LocalRateLimitNetworkConfig(StatsScope scope) : NetworkFilterConfig
{
    private readonly int _limited = scope.GetOrAdd("rate_limited");

    public required TokenBucket Bucket { get; init; }

    public RuntimeFlag Enabled { get; init; } = RuntimeFlag.On;

    /// <summary>False when the connection is to be refused; counted.</summary>
    public bool TryTake(int worker, long nowNanos)
    {
        if (!Enabled.IsOn || Bucket.TryTake(nowNanos))
        {
            return true;
        }
        scope.Add(worker, _limited);
        return false;
    }
}
