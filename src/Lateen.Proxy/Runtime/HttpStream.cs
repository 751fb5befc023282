using Lateen.Http;
using Lateen.Http.Http1;
using Lateen.Net;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Http;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <summary>
/// One request and its response. Its life: 1. <see cref="Begin"/> when the first bytes come; 2. request headers:
/// checks, normalisation, changes, route (<see cref="RequestPipeline"/>); 3. HTTP filters in order; 4. the router, the
/// last of them; 5. response headers through the filters backwards and <see cref="ResponsePipeline"/>; 6. body both
/// ways with back pressure; 7. logs and statistics; 8. back to the worker's pool. Everything is reused.
/// </summary>
internal sealed partial class HttpStream : ITimerTarget
{
    private const int IdleTimer = 1;
    private const int RequestTimer = 2;
    private const int DurationTimer = 3;
    private const int DelayTimer = 4;
    private const int LogTimer = 5;
    private const int GrpcDeadlineExceeded = 4;

    private readonly Worker _worker;
    private readonly LoopTimer _idleTimer;
    private readonly LoopTimer _requestTimer;
    private readonly LoopTimer _durationTimer;
    private readonly LoopTimer _delayTimer;
    private readonly BufferChain _localBody;
    private HttpServerCodec? _codec;
    private HttpConnectionManagerConfig? _config;
    private LoopTimer? _logTimer;
    private bool _isCounted;
    private bool _headersSeen;
    private bool _responseComplete;
    private bool _ended;
    private long _idleNanos;
    private long _lastActivityNanos;

    internal HttpStream(Worker worker)
    {
        _worker = worker;
        var wheel = worker.Loop.Timers;
        _idleTimer = new LoopTimer(wheel, this, IdleTimer);
        _requestTimer = new LoopTimer(wheel, this, RequestTimer);
        _durationTimer = new LoopTimer(wheel, this, DurationTimer);
        _delayTimer = new LoopTimer(wheel, this, DelayTimer);
        _localBody = new BufferChain(worker.Loop.Buffers);
        RequestPath = new BodyPath(this, true);
        ResponsePath = new BodyPath(this, false);
        Router = new Router(worker, this);
    }

    internal HeaderMap Request { get; } = new();

    /// <summary>What the HTTP/2 codec keeps of the stream; null before it was one's first.</summary>
    internal Http2ServerStream? Http2 { get; private set; }

    internal HeaderMap RequestTrailers { get; } = new();

    internal HeaderMap Response { get; } = new();

    internal HeaderMap ResponseTrailers { get; } = new();

    internal StreamInfo Info { get; } = new();

    internal Router Router { get; }

    internal Worker Worker => _worker;

    internal HttpServerCodec Codec => _codec!;

    internal HttpConnectionManagerConfig Config => _config!;

    /// <summary>The whole request has come.</summary>
    internal bool RequestComplete { get; private set; }

    /// <summary>The request did not end with its headers; its body may still turn out to be empty.</summary>
    internal bool HasBody { get; private set; }

    /// <summary>The whole request has come through the filters so far, as it is for those that follow.</summary>
    internal bool RequestPassed => !HasBody || RequestPath.End != BodyEnd.None;

    /// <summary>100-continue has been sent; a second one would be in the way.</summary>
    internal bool HasContinued { get; set; }

    internal bool ResponseStarted { get; private set; }

    /// <summary>The request's body on its way to the router.</summary>
    internal BodyPath RequestPath { get; }

    /// <summary>The response's body on its way to the client.</summary>
    internal BodyPath ResponsePath { get; }

    internal bool IsHead { get; private set; }

    internal bool IsConnect { get; private set; }

    internal bool IsUpgrade { get; private set; }

    internal bool IsHttp10 { get; private set; }

    /// <summary>The stream is over: late events are dropped.</summary>
    internal bool IsOver => _codec is null || _responseComplete;

    internal Http2ServerStream TakeHttp2() => Http2 ??= new Http2ServerStream(_worker, this);

    internal void Begin(HttpServerCodec codec, HttpConnectionManagerConfig config)
    {
        _codec = codec;
        _config = config;
        Request.Clear();
        RequestTrailers.Clear();
        Response.Clear();
        ResponseTrailers.Clear();
        RequestComplete = false;
        ResponseStarted = false;
        ResetResponse();
        HasContinued = false;
        IsHead = false;
        IsConnect = false;
        IsUpgrade = false;
        IsHttp10 = false;
        ResetFilters();
        ResetTrace();
        InternalRedirectCount = 0;
        _redirectRoutes.Clear();
        _isCounted = false;
        _headersSeen = false;
        _responseComplete = false;
        _ended = false;
        Info.Reset(codec.Owner.Info);
        Info.RequestHeaders = Request;
        Info.RandomValue = _worker.Random.Next();
        Info.StartNanos = _worker.NowNanos;
        Info.StartUnixNanos = _worker.Loop.UnixNanos;
        Router.Reset();
        StartTimers(config);
    }

    /// <summary>The request counts, although its head is not complete.</summary>
    internal void OnBegun()
    {
        _isCounted = true;
        Info.Protocol = Codec.Protocol;
        Count(HttpStat.DownstreamRqTotal);
        Count(HttpStat.DownstreamRqActive);
    }

    /// <summary>The request's head is complete.</summary>
    internal void OnRequestHeaders(bool endStream, bool isUpgrade, bool isHttp10)
    {
        _headersSeen = true;
        IsHttp10 = isHttp10;
        IsUpgrade = isUpgrade;
        Info.Protocol = Codec.Protocol;
        var method = Request.Get(HeaderId.Method);
        IsHead = method.SequenceEqual("HEAD"u8);
        IsConnect = method.SequenceEqual("CONNECT"u8);
        if (!_isCounted)
        {
            OnBegun();
        }

        HasBody = !endStream;
        if (endStream)
        {
            OnRequestComplete();
        }

        if (Config.RequestHeadersTimeoutNanos > 0 && Config.RequestTimeoutNanos == 0)
        {
            _requestTimer.Stop();
        }

        if (!RequestPipeline.Run(this))
        {
            return;
        }

        StartLogging();

        ChooseFilters();
        RunFilters();
    }

    /// <summary>Takes <paramref name="length"/> bytes of the request's body from the front of a chain.</summary>
    internal void OnRequestData(BufferChain data, int length, bool endStream)
    {
        Touch();
        Info.BytesReceived += length;
        if (endStream)
        {
            OnRequestComplete();
        }

        if (_responseComplete)
        {
            data.Consume(length);
            return;
        }

        if (RequestPath.HasStages)
        {
            RequestPath.Push(0, data, length, endStream);
        }
        else
        {
            OnRequestPassed(data, length, endStream);
        }
    }

    /// <summary>The request is complete; trailers, if there were any, are in <see cref="RequestTrailers"/>.</summary>
    internal void OnRequestTrailers()
    {
        Touch();
        OnRequestComplete();
        if (!_responseComplete)
        {
            RequestPath.PushTrailers(0);
        }
    }

    /// <summary>The codec cannot go on; nothing of the request can be trusted.</summary>
    internal void OnCodecError(Http1Error error, HttpProtocol protocol)
    {
        if (!_isCounted)
        {
            OnBegun();
        }

        Info.Protocol = protocol;
        RequestComplete = true;
        if (ResponseStarted)
        {
            Info.ResponseFlags |= ResponseFlags.DownstreamProtocolError;
            Reset();
            return;
        }

        var status = Http1Errors.StatusOf(error);
        SendLocalReply(
            status, ReasonPhrases.Get(status), ResponseFlags.DownstreamProtocolError,
                [.. Http1Errors.DetailsOf(error)]);
    }

    /// <summary>The client's connection has ended.</summary>
    internal void OnDownstreamClosed(bool headersSeen, bool remote)
    {
        if (_codec is null)
        {
            return;
        }

        if (headersSeen && !_responseComplete)
        {
            if (remote)
            {
                Info.ResponseFlags |= ResponseFlags.DownstreamConnectionTermination;
                Info.ResponseCodeDetails = ResponseDetails.DownstreamDisconnect;
            }
            else if (Info.ResponseCodeDetails.Length == 0)
            {
                Info.ResponseCodeDetails = ResponseDetails.DownstreamLocalDisconnect;
            }

            if (!ResponseStarted)
            {
                Info.ResponseCode = 0;
            }
        }

        _responseComplete = true;
        End();
    }

    /// <summary>The codec has lost the stream, by the peer's wish or for a fault of it. The codec ends it.</summary>
    internal void OnCodecReset(ResponseFlags flags, byte[] details)
    {
        if (_codec is null || _responseComplete)
        {
            return;
        }

        Info.ResponseFlags |= flags;
        Info.ResponseCodeDetails = details;
        if (!ResponseStarted)
        {
            Info.ResponseCode = 0;
        }

        _responseComplete = true;
    }

    /// <summary>The response is complete, but its end waits for the peer: the time limit is the codec's now.</summary>
    internal void OnResponseFlushing() => StopTimers();

    internal void OnDownstreamAboveHighWatermark() => Router.PauseResponse(true);

    internal void OnDownstreamBelowLowWatermark() => Router.PauseResponse(false);

    /// <summary>Logs, counts and gives the stream back. Called by the codec when request and response are
    /// over.</summary>
    internal void End()
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        StopTimers();
        Router.OnStreamEnd();
        _localBody.Clear();
        RequestPath.Clear();
        ResponsePath.Clear();
        if (_isCounted)
        {
            Finish();
        }

        _codec = null;
        _worker.ReturnStream(this);
    }

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

    internal void Count(HttpStat stat, long amount = 1) => _config!.Stats.Add(_worker.Index, stat, amount);

    private void OnRequestComplete()
    {
        RequestComplete = true;
        Info.LastDownstreamRxNanos = _worker.NowNanos;
        _requestTimer.Stop();
    }

    private void StartTimers(HttpConnectionManagerConfig config)
    {
        _idleNanos = _worker.Overload.ScaleStreamIdle(config.StreamIdleTimeoutNanos);
        _lastActivityNanos = _worker.NowNanos;
        RestartIdleTimer();
        var request = config.RequestHeadersTimeoutNanos > 0 ? config.RequestHeadersTimeoutNanos
            : config.RequestTimeoutNanos;
        if (request > 0)
        {
            _requestTimer.Start(request / 1_000_000);
        }

        if (config.MaxStreamDurationNanos > 0)
        {
            _durationTimer.Start(config.MaxStreamDurationNanos / 1_000_000);
        }
    }

    private void RestartIdleTimer()
    {
        if (_idleNanos > 0)
        {
            _idleTimer.Start((_idleNanos + 999_999) / 1_000_000);
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

    /// <summary>Entries at the request's begin and at intervals, where they are wanted.</summary>
    private void StartLogging()
    {
        if (Config.FlushAccessLogOnNewRequest)
        {
            Log(AccessLogType.DownstreamStart);
        }

        if (Config.AccessLogFlushIntervalNanos > 0 && _codec is not null)
        {
            _logTimer ??= new LoopTimer(_worker.Loop.Timers, this, LogTimer);
            _logTimer.Start(Config.AccessLogFlushIntervalNanos / 1_000_000);
        }
    }

    private void OnIdleTimer()
    {
        var left = _lastActivityNanos + _idleNanos - _worker.NowNanos;
        if (left > 0)
        {
            _idleTimer.Start((left + 999_999) / 1_000_000);
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

    private void Finish()
    {
        Info.EndNanos = _worker.NowNanos;
        Info.ResponseHeaders = Response.Count > 0 ? Response : null;
        Info.ResponseTrailers = ResponseTrailers.Count > 0 ? ResponseTrailers : null;
        Count(HttpStat.DownstreamRqActive, -1);
        if (Info.ResponseCode > 0)
        {
            _config!.Stats.CountResponse(_worker.Index, Info.ResponseCode);
            _config.Stats.Record(
                _worker.Index, HttpHistogram.DownstreamRqTime, (Info.EndNanos - Info.StartNanos) / 1_000_000);
        }

        var filters = Filters;
        for (var i = 0; i < filters.Length; i++)
        {
            if ((_enabledFilters >> i & 1) != 0)
            {
                filters[i].OnStreamEnd(this);
            }
        }

        FinishSpan();
        Log(AccessLogType.DownstreamEnd);
    }

    /// <summary>An upgrade or CONNECT has succeeded.</summary>
    internal void OnTunnelEstablished()
    {
        if (Config.LogsTunnelEstablished)
        {
            Log(AccessLogType.DownstreamTunnelSuccessfullyEstablished);
        }
    }

    private void Log(AccessLogType type)
    {
        foreach (var log in Config.AccessLogs)
        {
            log.Log(_worker, Info, type);
        }
    }
}
