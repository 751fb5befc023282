using Lateen.Proxy.Stats;

namespace Lateen.Proxy.OAuth2;

/// <summary>Counters of the filter.</summary>
internal sealed class OAuth2Stats(StatsScope scope, string prefix)
{
    private readonly int _failure = scope.GetOrAdd($"{prefix}oauth_failure");
    private readonly int _passThrough = scope.GetOrAdd($"{prefix}oauth_passthrough");
    private readonly int _success = scope.GetOrAdd($"{prefix}oauth_success");
    private readonly int _unauthorized = scope.GetOrAdd($"{prefix}oauth_unauthorized_rq");
    private readonly int _refreshFailure = scope.GetOrAdd($"{prefix}oauth_refreshtoken_failure");
    private readonly int _refreshSuccess = scope.GetOrAdd($"{prefix}oauth_refreshtoken_success");
    private readonly int _allowFailed = scope.GetOrAdd($"{prefix}oauth_allow_failed_passthrough");
    private readonly int _legacyCbc = scope.GetOrAdd($"{prefix}oauth_legacy_cbc_decrypt");

    private readonly int _chunked = scope.GetOrAdd($"{prefix}oauth_token_cookie_chunked");
    private readonly int _joined = scope.GetOrAdd($"{prefix}oauth_token_cookie_reassembled");
    private readonly int _malformed = scope.GetOrAdd($"{prefix}oauth_token_cookie_malformed_chunks");
    private readonly int _oversized = scope.GetOrAdd($"{prefix}oauth_token_cookie_oversized");

    public void CountFailure(int worker) => scope.Add(worker, _failure);

    public void CountPassThrough(int worker) => scope.Add(worker, _passThrough);

    public void CountSuccess(int worker) => scope.Add(worker, _success);

    public void CountUnauthorized(int worker) => scope.Add(worker, _unauthorized);

    public void CountRefresh(int worker, bool success) =>
        scope.Add(worker, success ? _refreshSuccess : _refreshFailure);

    public void CountAllowFailed(int worker) => scope.Add(worker, _allowFailed);

    public void CountLegacyCbc(int worker) => scope.Add(worker, _legacyCbc);

    public void CountChunked(int worker) => scope.Add(worker, _chunked);

    public void CountJoined(int worker, bool success) => scope.Add(worker, success ? _joined : _malformed);

    public void CountOversized(int worker) => scope.Add(worker, _oversized);
}
