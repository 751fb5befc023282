using Lateen.Http.Http1;
using Lateen.Net;
using Lateen.Proxy.Http;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <summary>
/// HTTP/1 on a downstream connection: one stream at a time; pipelined requests wait in the input. A stream, and with it
/// the parser, is held only while there is a request.
/// </summary>
internal sealed partial class Http1ServerConnection : HttpServerCodec, ITimerTarget
{
    /// <summary>Bytes of later requests that may wait before reading stops.</summary>
    private const int PipelineBytesMax = 64 * 1024;

    private static readonly Http1Limits DefaultLimits = new() { IsLenient = true };

    private readonly DownstreamConnection _owner;
    private readonly HttpConnectionManagerConfig _config;
    private LoopTimer? _durationTimer;
    private HttpStream? _stream;
    private int _requestCount;
    private bool _headDone;
    private bool _requestDone;
    private bool _responseDone;
    private bool _isTunnel;
    private bool _processing;
    private bool _pipelinePaused;
    private bool _closeAfterResponse;
    private bool _hasParsed;
    private long _idleSinceNanos;
    private bool _delayClose;
    private bool _isResumePosted;
    private ResponseFraming _framing;
    private bool _streamPausedReading;
    private bool _isReset;

    internal Http1ServerConnection(DownstreamConnection owner, HttpConnectionManagerConfig config)
    {
        _owner = owner;
        _config = config;
    }

    internal override DownstreamConnection Owner => _owner;

    internal override HttpProtocol Protocol => _stream?.Http1 is { MinorVersion: 0 } && _config.Http1.AcceptHttp10
        ? HttpProtocol.Http10
        : HttpProtocol.Http11;

    internal override HttpConnectionManagerConfig Config => _config;

    private Connection Connection => _owner.Connection;

    private Worker Worker => _owner.Worker;

    internal override void Start()
    {
        HttpConnectionStats.Opened(_owner, _config);
        StartCodec();
    }

    internal override void StartCodec()
    {
        Count(HttpStat.DownstreamCxHttp1Total);
        Count(HttpStat.DownstreamCxHttp1Active);
        StartIdleTimer();
        if (_config.Timeouts.MaxConnectionDurationNanos > 0)
        {
            _durationTimer = new LoopTimer(Worker.Loop.Timers, this);
            _durationTimer.Start(Math.Max(1, DurationLeftMillis()));
        }
    }

    internal override void OnData()
    {
        _hasParsed = true;
        if (MayDispatch())
        {
            Process();
        }
    }

    internal override void Uncount() => Count(HttpStat.DownstreamCxHttp1Total, -1);

    internal override void DrainSoon() => _closeAfterResponse = true;

    internal override void AbortDispatch()
    {
        var stream = _stream ?? BeginStream();
        if (stream.ResponseStarted)
        {
            HttpConnectionStats.CutRequest(_owner, _config, false);
        }
        else
        {
            Count(HttpStat.DownstreamRqResponseBeforeRqComplete);
        }

        RefuseRest();
        stream.OnDispatchAborted(Protocol);
    }

    internal override void ForceGoAway()
    {
        if (_stream is { } stream)
        {
            CountReset();
            HttpConnectionStats.CutRequest(_owner, _config, false);
            _stream = null;
            stream.OnCodecReset(ResponseFlags.None, ResponseDetails.ForcedGoAway);
            stream.End();
        }

        Connection.Close(CloseType.FlushWriteAndDelay, DelayedCloseMillis);
    }

    internal override void OnEndOfStream()
    {
        // Envoy takes an early end, also of a tunnel, for a client that has gone.
        Process();
        Connection.Close(CloseType.NoFlush);
    }

    internal override void OnClosed(CloseReason reason)
    {
        _durationTimer?.Remove();
        Count(HttpStat.DownstreamCxHttp1Active, -1);
        var remote = HttpConnectionStats.Closed(_owner, _config, reason);
        if (Connection.HasDelayExpired)
        {
            Count(HttpStat.DownstreamCxDelayedCloseTimeout);
        }

        if (_stream is { } stream)
        {
            if (!_responseDone)
            {
                // One that was reset before is over.
                if (!_isReset)
                {
                    HttpConnectionStats.CutRequest(_owner, _config, remote);
                }

                CountReset();
            }

            _stream = null;
            stream.OnDownstreamClosed(true, remote);
        }
    }

    internal override void OnAboveHighWatermark()
    {
        Count(HttpStat.DownstreamFlowControlPausedReadingTotal);
        _stream?.OnDownstreamAboveHighWatermark();
    }

    internal override void OnBelowLowWatermark()
    {
        Count(HttpStat.DownstreamFlowControlResumedReadingTotal);
        _stream?.OnDownstreamBelowLowWatermark();
    }

    void ITimerTarget.OnTimer(LoopTimer timer)
    {
        if (_closeAfterResponse && _stream is null)
        {
            // The drain time is over.
            Connection.Close(CloseType.FlushWriteAndDelay, DelayedCloseMillis);
            return;
        }

        if (!_closeAfterResponse)
        {
            if (DurationLeftMillis() is > 0 and var left)
            {
                _durationTimer!.Start(left);
                return;
            }

            Count(HttpStat.DownstreamCxMaxDurationReached);
        }

        _closeAfterResponse = true;
        if (!_config.SafeMaxConnectionDuration)
        {
            _durationTimer!.Start(Math.Max(1, _config.Timeouts.DrainNanos / 1_000_000));
        }
    }

    internal override void OnTimer()
    {
        if (IdleLeftMillis() is > 0 and var left)
        {
            Connection.StartTimer(left);
            return;
        }

        Count(HttpStat.DownstreamCxIdleTimeout);
        if (!_hasParsed)
        {
            // Nobody has said anything yet.
            Connection.Close(CloseType.FlushWrite);
            return;
        }

        // One more request may come in the drain time, and is the last.
        _closeAfterResponse = true;
        _durationTimer ??= new LoopTimer(Worker.Loop.Timers, this);
        _durationTimer.Start(Math.Max(1, _config.Timeouts.DrainNanos / 1_000_000));
    }

    private long DelayedCloseMillis => _config.Timeouts.DelayedCloseNanos / 1_000_000;

    internal static Http1Limits LimitsOf(HttpConnectionManagerConfig config)
    {
        var options = config.Http1;
        if (config is { MaxRequestHeadersKb: 60, MaxHeadersCount: 100 }
            && options is
            {
                AllowChunkedLength: false, AllowCustomMethods: false, AllowAbsoluteUrl: true,
                HeaderKeyFormat: not ("preserve" or "preserve-proper"),
            })
        {
            return DefaultLimits;
        }

        return new Http1Limits
        {
            IsLenient = true,
            AllowCustomMethods = options.AllowCustomMethods,
            AllowAbsoluteUrl = options.AllowAbsoluteUrl,
            KeepsNames = options.HeaderKeyFormat is "preserve" or "preserve-proper",
            HeaderBytesMax = config.MaxRequestHeadersKb * 1024,
            HeaderCountMax = config.MaxHeadersCount,
            AllowChunkedLength = config.Http1.AllowChunkedLength,
        };
    }

    /// <summary>A stream ends otherwise than by its response; counted once.</summary>
    internal override void CountReset()
    {
        Count(HttpStat.DownstreamRqRxReset, _isReset ? 0 : 1);
        _isReset = true;
    }

    private long IdleLeftMillis() => Worker.Overload.LeftMillis(
        Worker.Overload.Scales.ConnectionIdle, _config.Timeouts.IdleNanos, Worker.NowNanos - _idleSinceNanos);

    private long DurationLeftMillis() => Worker.Overload.LeftMillis(
        Worker.Overload.Scales.ConnectionMax, _config.Timeouts.MaxConnectionDurationNanos,
        Worker.NowNanos - _owner.StartNanos);

    private void StartIdleTimer()
    {
        if (_config.Timeouts.IdleNanos > 0)
        {
            _idleSinceNanos = Worker.NowNanos;
            Connection.StartTimer(Math.Max(1, IdleLeftMillis()));
        }
    }

    private void Count(HttpStat stat, long amount = 1) => _config.Stats.Add(Worker.Index, stat, amount);
}
