using Lateen.Net;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Http;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <content>Time limits: of the head, the request, quiet, and the whole.</content>
internal sealed partial class HttpStream
{
    private const int IdleTimer = 1;
    private const int RequestTimer = 2;
    private const int DurationTimer = 3;
    private const int DelayTimer = 4;
    private const int LogTimer = 5;
    private const int GrpcDeadlineExceeded = 4;

    private readonly LoopTimer _idleTimer;
    private readonly LoopTimer _requestTimer;
    private readonly LoopTimer _durationTimer;
    private readonly LoopTimer _delayTimer;
    private LoopTimer? _logTimer;
    private long _idleNanos;
    private long _lastActivityNanos;

    void ITimerTarget.OnTimer(LoopTimer timer)
    {
        switch (timer.Kind)
        {
            case IdleTimer:
                OnIdleTimer();
                break;
            case RequestTimer:
                OnRequestTimer();
                break;
            case DurationTimer:
                Count(HttpStat.DownstreamRqMaxDurationReached);
                FailByTime(
                    "downstream duration timeout"u8, ResponseFlags.None, ResponseDetails.MaxDuration,
                    GrpcDeadlineExceeded);
                break;
            case LogTimer:
                Log(AccessLogType.DownstreamPeriodic);
                timer.Start(Config.AccessLogFlushIntervalNanos / 1_000_000);
                break;
            default:
                OnDelayOver();
                break;
        }
    }

    /// <summary>How long the end of the response waits for the client; zero: without end.</summary>
    internal long FlushTimeoutNanos => _worker.Overload.Scale(
        _worker.Overload.Scales.StreamFlush,
        Info.Route?.Action?.FlushTimeoutNanos ?? Config.Timeouts.StreamFlushNanos);

    /// <summary>Something moved: the idle time begins anew.</summary>
    internal void Touch() => _lastActivityNanos = _worker.NowNanos;

    /// <summary>The route is known: its own limits replace those of the connection manager.</summary>
    internal void ApplyRouteTimeouts(long? idleNanos, long? maxDurationNanos)
    {
        if (idleNanos is { } idle)
        {
            _idleNanos = idle;
            RestartIdleTimer();
        }

        if (maxDurationNanos > 0)
        {
            _durationTimer.Start((maxDurationNanos.Value + 999_999) / 1_000_000);
        }
        else if (maxDurationNanos == 0)
        {
            _durationTimer.Stop();
        }
    }

    private void StartTimers(HttpConnectionManagerConfig config)
    {
        _idleNanos = config.Timeouts.StreamIdleNanos;
        _lastActivityNanos = _worker.NowNanos;
        RestartIdleTimer();
        var request = config.Timeouts.RequestHeadersNanos > 0 ? config.Timeouts.RequestHeadersNanos
            : config.Timeouts.RequestNanos;
        if (request > 0)
        {
            _requestTimer.Start(request / 1_000_000);
        }

        if (config.Timeouts.MaxStreamDurationNanos > 0)
        {
            _durationTimer.Start(config.Timeouts.MaxStreamDurationNanos / 1_000_000);
        }
    }

    private void RestartIdleTimer()
    {
        if (_idleNanos > 0)
        {
            _idleTimer.Start(Math.Max(1, IdleLeftMillis(0)));
        }
        else
        {
            _idleTimer.Stop();
        }
    }

    private void StopTimers()
    {
        _idleTimer.Stop();
        _requestTimer.Stop();
        _durationTimer.Stop();
        _delayTimer.Stop();
        _logTimer?.Stop();
    }

    private long IdleLeftMillis(long passedNanos) =>
        _worker.Overload.LeftMillis(_worker.Overload.Scales.StreamIdle, _idleNanos, passedNanos);

    private void OnIdleTimer()
    {
        if (IdleLeftMillis(_worker.NowNanos - _lastActivityNanos) is > 0 and var left)
        {
            _idleTimer.Start(left);
            return;
        }

        Count(HttpStat.DownstreamRqIdleTimeout);
        FailByTime("stream timeout"u8, ResponseFlags.StreamIdleTimeout, ResponseDetails.StreamIdle);
    }

    private void OnRequestTimer()
    {
        if (_headersSeen)
        {
            Count(HttpStat.DownstreamRqTimeout);
            FailByTime("request timeout"u8, ResponseFlags.None, ResponseDetails.RequestTimeout);
            return;
        }

        Count(HttpStat.DownstreamRqHeaderTimeout);
        if (!_isCounted)
        {
            OnBegun();
        }

        Codec.CloseAfterResponse();
        FailByTime("request header timeout"u8, ResponseFlags.None, ResponseDetails.RequestHeaderTimeout);
    }

    /// <summary>408 while the request is incomplete, 504 after; a response that has begun is cut off.</summary>
    private void FailByTime(ReadOnlySpan<byte> body, ResponseFlags flags, byte[] details, int grpcStatus = -1)
    {
        if (_codec is null || _responseComplete)
        {
            return;
        }

        if (ResponseStarted)
        {
            Info.ResponseFlags |= flags;
            Info.ResponseCodeDetails = details;
            Reset();
            return;
        }

        SendLocalReply(RequestComplete ? 504 : 408, body, flags, details, grpcStatus);
    }
}
