using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Jwt;

/// <summary>Counters of a jwt_authn filter.</summary>
internal sealed class JwtAuthnStats(StatsScope scope, string prefix)
{
    private readonly int _allowed = scope.GetOrAdd($"{prefix}allowed");
    private readonly int _denied = scope.GetOrAdd($"{prefix}denied");
    private readonly int _preflight = scope.GetOrAdd($"{prefix}cors_preflight_bypassed");
    private readonly int _hit = scope.GetOrAdd($"{prefix}jwt_cache_hit");
    private readonly int _miss = scope.GetOrAdd($"{prefix}jwt_cache_miss");
    private readonly int _fetched = scope.GetOrAdd($"{prefix}jwks_fetch_success");
    private readonly int _fetchFailed = scope.GetOrAdd($"{prefix}jwks_fetch_failed");

    public void Count(int worker, bool allowed) => scope.Add(worker, allowed ? _allowed : _denied);

    public void CountPreflight(int worker) => scope.Add(worker, _preflight);

    public void CountCache(int worker, bool hit) => scope.Add(worker, hit ? _hit : _miss);

    public void CountFetch(int worker, bool success) => scope.Add(worker, success ? _fetched : _fetchFailed);
}
