using Lateen.Proxy.Clusters;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Config;

/// <summary>Statistics of circuit breakers, <c>cluster.NAME.circuit_breakers.PRIORITY.</c></summary>
internal static class BreakerSamples
{
    public static void Collect(Cluster cluster, List<StatSample> samples)
    {
        Collect(samples, $"{cluster.Stats.Scope.Prefix}circuit_breakers.default.", cluster.SeeBreakers(false));
        Collect(samples, $"{cluster.Stats.Scope.Prefix}circuit_breakers.high.", cluster.SeeBreakers(true));
    }

    private static void Collect(List<StatSample> samples, string prefix, CircuitBreakers breakers)
    {
        ReadOnlySpan<(string Open, string Remaining, CircuitBreaker Breaker)> all =
        [
            ("cx_open", "remaining_cx", breakers.Connections),
            ("cx_pool_open", "remaining_cx_pools", breakers.ConnectionPools),
            ("rq_pending_open", "remaining_pending", breakers.PendingRequests),
            ("rq_open", "remaining_rq", breakers.Requests),
            ("rq_retry_open", "remaining_retries", breakers.Retries),
        ];
        foreach (var (open, remaining, breaker) in all)
        {
            samples.Add(new StatSample(prefix + open, StatKind.Gauge, breaker.IsOpen ? 1 : 0, null));
            var isBudget = breakers.RetryBudgetPercent >= 0 && ReferenceEquals(breaker, breakers.Retries);
            if (breakers.TrackRemaining && isBudget)
            {
                samples.Add(new StatSample(prefix + remaining, StatKind.Gauge, 0, null));
            }
            else if (breakers.TrackRemaining)
            {
                samples.Add(new StatSample(prefix + remaining, StatKind.Gauge, breaker.Remaining, null));
            }
        }
    }
}
