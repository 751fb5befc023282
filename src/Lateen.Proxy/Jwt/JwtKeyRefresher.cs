using Lateen.Net;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Jwt;

/// <summary>
/// Keeps a provider's keys fresh as long as something holds the provider: fetched at once, again five seconds before
/// they expire, and after a pause when that fails. Runs on the main worker's loop. Source:
/// <c>jwt_authn.v3.JwksAsyncFetch</c>.
/// </summary>
internal sealed class JwtKeyRefresher : ITimerTarget
{
    /// <summary>Pause while the cluster has not come, or has no hosts yet.</summary>
    private const long AbsentMillis = 100;

    /// <summary>Such pauses before that counts as a failure.</summary>
    private const int AbsentMax = 20;

    /// <summary>How long before their end keys are fetched anew.</summary>
    private const long EarlyMillis = 5000;

    /// <summary>What a timer takes at most.</summary>
    private const long WaitMillisMax = 24L * 3600 * 1000;

    private readonly Worker _worker;
    private readonly JwtFetch _fetch;
    private readonly JwtAuthnStats _stats;
    private readonly WeakReference<JwtProvider> _provider;
    private readonly Action? _settled;
    private readonly LoopTimer _timer;
    private int _absent;

    private JwtKeyRefresher(
        Worker worker, JwtFetch fetch, JwtProvider provider, JwtAuthnStats stats, Action? settled)
    {
        _worker = worker;
        _fetch = fetch;
        _stats = stats;
        _settled = settled;
        _provider = new WeakReference<JwtProvider>(provider);
        _timer = new LoopTimer(worker.Loop.Timers, this);
    }

    /// <summary>Fetches keys from now on. Thread: any.</summary>
    /// <param name="worker">Whose loop it runs on.</param>
    /// <param name="provider">Gets the keys.</param>
    /// <param name="stats">Counts fetches.</param>
    /// <param name="settled">Called after the first fetch; null: nobody waits.</param>
    public static void Keep(Worker worker, JwtProvider provider, JwtAuthnStats stats, Action? settled)
    {
        var refresher = new JwtKeyRefresher(worker, provider.Fetch!, provider, stats, settled);
        worker.Loop.TryPost(_ => refresher.Fetch(), null);
    }

    void ITimerTarget.OnTimer(LoopTimer timer) => Fetch();

    private void Fetch()
    {
        if (!_provider.TryGetTarget(out _))
        {
            return;
        }
        var cluster = _fetch.Cluster.Current;
        if (cluster is null || cluster.Hosts.Hosts.Length == 0)
        {
            if (_absent++ < AbsentMax)
            {
                _timer.Start(AbsentMillis);
                return;
            }
            _absent = 0;
        }
        if (cluster is null)
        {
            OnFetched(null);
        }
        else
        {
            _fetch.Start(_worker, cluster, OnFetched);
        }
    }

    private void OnFetched(JwtKeySet? keys)
    {
        if (!_provider.TryGetTarget(out var provider))
        {
            return;
        }
        _stats.CountFetch(_worker.Index, keys is not null);
        var pause = _fetch.FailedNanos / 1_000_000;
        if (keys is not null)
        {
            provider.SetKeys(keys, _worker.NowNanos + _fetch.KeysNanos);
            pause = _fetch.KeysNanos / 1_000_000;
            pause -= pause > EarlyMillis ? EarlyMillis : 0;
        }
        _timer.Start(Math.Clamp(pause, 1, WaitMillisMax));
        if (!provider.IsSettled)
        {
            provider.IsSettled = true;
            _settled?.Invoke();
        }
    }
}
