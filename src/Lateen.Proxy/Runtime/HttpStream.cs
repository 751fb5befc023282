using Lateen.Http;
using Lateen.Http.Http1;
using Lateen.Net;
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
    private readonly Worker _worker;
    private readonly BufferChain _localBody;
    private HttpServerCodec? _codec;
    private HttpConnectionManagerConfig? _config;
    private bool _isCounted;
    private bool _headersSeen;
    private bool _responseComplete;
    private bool _ended;

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

    /// <summary>The HTTP/1 codec's parser; null before the stream was one's first.</summary>
    internal Http1Parser? Http1 { get; private set; }

    /// <summary>For the HTTP/1 codec: the request line with its end.</summary>
    internal int RequestLineBytes { get; set; }

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

    /// <summary>Bytes of bodies that wait in filters, for the router or for another attempt.</summary>
    internal long HeldBytes =>
        _localBody.Length + RequestPath.Held.Length + ResponsePath.Held.Length + Router.HeldBytes;

    internal bool IsHead { get; private set; }

    internal bool IsConnect { get; private set; }

    internal bool IsUpgrade { get; private set; }

    internal bool IsHttp10 { get; private set; }

    /// <summary>The stream is over: late events are dropped.</summary>
    internal bool IsOver => _codec is null || _responseComplete;

    /// <summary>Gets the parser ready for another request.</summary>
    internal void TakeHttp1(Http1Limits limits)
    {
        Http1 ??= new Http1Parser(true);
        Http1.SetLimits(limits);
        Http1.BeginMessage();
    }

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

        if (Config.Timeouts.RequestHeadersNanos > 0 && Config.Timeouts.RequestNanos == 0)
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

    /// <summary>The overload manager has had the codec stop in the middle of what came.</summary>
    internal void OnDispatchAborted(HttpProtocol protocol)
    {
        Info.Protocol = protocol;
        RequestComplete = true;
        if (ResponseStarted)
        {
            Info.ResponseFlags |= ResponseFlags.OverloadManagerTerminated;
            Info.ResponseCodeDetails = ResponseDetails.Overload;
            Reset();
            return;
        }

        SendLocalReply(
            500, ReasonPhrases.Get(500), ResponseFlags.DownstreamProtocolError, ResponseDetails.Overload,
            isPlain: true);
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

    private void OnRequestComplete()
    {
        RequestComplete = true;
        Info.LastDownstreamRxNanos = _worker.NowNanos;
        _requestTimer.Stop();
    }
}
