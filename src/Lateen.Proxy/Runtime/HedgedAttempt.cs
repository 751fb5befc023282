using Lateen.Http;
using Lateen.Net;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Runtime;

/// <summary>
/// One of several attempts of a request that may run at the same time (<c>hedge_on_per_try_timeout</c>). It tells the
/// router, which takes the first good response.
/// </summary>
internal sealed class HedgedAttempt : IUpstreamCallbacks, ITimerTarget
{
    private readonly Router _router;
    private readonly LoopTimer _perTry;
    private bool _isOver;

    internal HedgedAttempt(Router router, Worker worker, Host host)
    {
        _router = router;
        Host = host;
        Pending = new PendingStream(this);
        _perTry = new LoopTimer(worker.Loop.Timers, this);
    }

    public HeaderMap ResponseHeaders { get; } = new();

    public HeaderMap ResponseTrailers { get; } = new();

    internal PendingStream Pending { get; }

    internal Host Host { get; }

    internal HttpClientStream? Upstream { get; private set; }

    /// <summary>Its time is over and another attempt was started for it.</summary>
    internal bool IsRetried { get; set; }

    /// <summary>Its response is the one that goes downstream.</summary>
    internal bool IsWinner { get; set; }

    internal void StartPerTry(long nanos)
    {
        if (nanos > 0 && Upstream is not null && !IsWinner)
        {
            _perTry.Start((nanos + 999_999) / 1_000_000);
        }
    }

    /// <summary>Ends it without a word to the router.</summary>
    internal void Cancel()
    {
        if (_isOver)
        {
            return;
        }

        End();
        Pending.Pool?.Cancel(Pending);
        var upstream = Upstream;
        Upstream = null;
        upstream?.Reset();
    }

    /// <summary>Nothing more is told from here on.</summary>
    internal void End()
    {
        _isOver = true;
        _perTry.Remove();
    }

    internal void StopTimer() => _perTry.Remove();

    void ITimerTarget.OnTimer(LoopTimer timer) => _router.OnHedgedTimeout(this);

    void IUpstreamCallbacks.OnPoolReady(HttpClientStream stream)
    {
        Upstream = stream;
        _router.OnHedgedReady(this, stream);
    }

    void IUpstreamCallbacks.OnPoolFailure(UpstreamResetReason reason, byte[]? transportFailure)
    {
        End();
        _router.OnHedgedFailure(this, reason, transportFailure);
    }

    void IUpstreamCallbacks.OnInformational(int status) => ResponseHeaders.Clear();

    void IUpstreamCallbacks.OnResponseHeaders(int status, bool endStream)
    {
        if (!_isOver)
        {
            _router.OnHedgedHeaders(this, status, endStream);
        }
    }

    void IUpstreamCallbacks.OnResponseData(BufferChain data, int length, bool endStream)
    {
        if (IsWinner)
        {
            ((IUpstreamCallbacks)_router).OnResponseData(data, length, endStream);
        }
        else
        {
            data.Consume(length);
        }
    }

    void IUpstreamCallbacks.OnResponseTrailers()
    {
        if (IsWinner)
        {
            _router.TakeTrailers(ResponseTrailers);
        }
    }

    void IUpstreamCallbacks.OnUpstreamReset(UpstreamResetReason reason)
    {
        Upstream = null;
        if (IsWinner)
        {
            ((IUpstreamCallbacks)_router).OnUpstreamReset(reason);
        }
        else if (!_isOver)
        {
            End();
            _router.OnHedgedReset(this, reason);
        }
    }

    void IUpstreamCallbacks.OnUpstreamAboveHighWatermark() =>
        ((IUpstreamCallbacks)_router).OnUpstreamAboveHighWatermark();

    void IUpstreamCallbacks.OnUpstreamBelowLowWatermark() =>
        ((IUpstreamCallbacks)_router).OnUpstreamBelowLowWatermark();
}
