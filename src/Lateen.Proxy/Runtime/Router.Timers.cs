using Lateen.Net;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Runtime;

/// <content>Time limits of a request and its attempts.</content>
internal sealed partial class Router
{
    private const int GlobalTimer = 1;
    private const int PerTryTimer = 2;
    private const int PerTryIdleTimer = 3;
    private const int BackoffTimer = 4;
    private const int UpstreamDurationTimer = 5;

    private readonly LoopTimer _globalTimer;
    private readonly LoopTimer _perTryTimer;
    private readonly LoopTimer _perTryIdleTimer;
    private readonly LoopTimer _backoffTimer;
    private readonly LoopTimer _upstreamDurationTimer;

    void ITimerTarget.OnTimer(LoopTimer timer)
    {
        if (_stream.IsOver)
        {
            return;
        }

        switch (timer.Kind)
        {
            case GlobalTimer:
                OnGlobalTimeout();
                break;
            case PerTryTimer:
                Count(ClusterStat.UpstreamRqPerTryTimeout);
                OnPerTryTimeout(ResponseDetails.PerTryTimeout);
                break;
            case PerTryIdleTimer:
                Count(ClusterStat.UpstreamRqPerTryIdleTimeout);
                OnPerTryTimeout(ResponseDetails.PerTryIdleTimeout);
                break;
            case BackoffTimer:
                _retryHeld = false;
                GetBreakers().ReleaseRetry();
                StartAttempt();
                break;
            default:
                OnUpstreamDurationReached();
                break;
        }
    }

    /// <summary>The route's time runs from the end of the request.</summary>
    private void OnRequestComplete()
    {
        if (_requestCompleteNanos != 0)
        {
            return;
        }

        _requestCompleteNanos = _worker.NowNanos;
        if (_timeouts.Global > 0)
        {
            _globalTimer.Start((_timeouts.Global + 999_999) / 1_000_000);
        }

        if (_upstream is not null)
        {
            StartPerTryTimer();
        }

        foreach (var attempt in _attempts ?? NoAttempts)
        {
            attempt.StartPerTry(_timeouts.PerTry);
        }
    }

    private void StartPerTryTimer()
    {
        if (_timeouts.PerTry > 0 && !_hedges)
        {
            _perTryTimer.Start((_timeouts.PerTry + 999_999) / 1_000_000);
        }
    }

    private void StopTimers()
    {
        _globalTimer.Stop();
        _perTryTimer.Stop();
        _perTryIdleTimer.Stop();
        _backoffTimer.Stop();
        _upstreamDurationTimer.Stop();
    }
}
