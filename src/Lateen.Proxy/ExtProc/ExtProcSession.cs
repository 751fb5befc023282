using Lateen.Http;
using Lateen.Net;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.ExtProc;

/// <summary>
/// One stream's talk with its processing service: what has been sent, what is waited for and what the answers change.
/// </summary>
internal sealed partial class ExtProcSession(
    HttpStream stream, ExtProcConfig config, ExtProcStats stats, ExtProcTalkStats talk)
    : IGrpcStreamUser, ITimerTarget
{
    private static readonly byte[] Path = "/envoy.service.ext_proc.v3.ExternalProcessor/Process"u8.ToArray();
    private static readonly byte[] TimeoutDetails = "ext_proc_error_per-message_timeout_exceeded"u8.ToArray();
    private static readonly byte[] HttpErrorDetails = "ext_proc_error_HTTP_ERROR"u8.ToArray();

    private readonly ExtProcTalkStats _talk = talk;
    private LoopTimer? _timer;
    private ProcessingModes _modes = config.Modes;
    private GrpcStream? _call;
    private ExtProcPhase _request;
    private ExtProcPhase _response;
    private ExtProcBodyStage? _requestStage;
    private ExtProcBodyStage? _responseStage;
    private ExtProcDuplexStage? _requestDuplex;
    private ExtProcDuplexStage? _responseDuplex;
    private ExtProcTrailerStage? _requestTrailers;
    private ExtProcTrailerStage? _responseTrailers;
    private bool _requestBodyDone;
    private bool _responseBodyDone;
    private bool _requestLengthGone;
    private bool _responseLengthGone;
    private bool _firstSent;
    private bool _requestAttributesSent;
    private bool _responseAttributesSent;
    private bool _isTimeOverridden;
    private bool _requestTrailersSent;
    private bool _responseTrailersSent;
    private bool _isReleasing;
    private bool _isRequestHeld;
    private bool _isResponseHeld;
    private bool _isInMessage;
    private bool _isEnded;

    public ExtProcConfig Config => config;

    /// <summary>No more is processed: the rest passes as it is.</summary>
    public bool IsDone { get; private set; }

    private LoopTimer Timer => _timer ??= new LoopTimer(stream.Worker.Loop.Timers, this);

    private int Worker => stream.Worker.Index;

    public HttpFilterResult OnRequest()
    {
        if (!_modes.RequestHeaders)
        {
            RemoveLength(true);
            return ContinueRequest(false);
        }
        SendRequestHeaders();
        RemoveLength(true);
        if (stream.IsOver || IsDone)
        {
            return stream.IsOver ? HttpFilterResult.Wait : HttpFilterResult.Continue;
        }
        if (config.IsObserver)
        {
            return ContinueRequest(false);
        }
        _request = ExtProcPhase.Headers;
        if (stream.HasBody && IsEarly(_modes.RequestBody))
        {
            _requestBodyDone = true;
            AddRequestStage();
        }
        return HttpFilterResult.Wait;
    }

    /// <summary>What was waited for has come: the body's turn, then that of the trailers.</summary>
    public HttpFilterResult OnRequestContinued() => ContinueRequest(true);

    public HttpFilterResult OnRequestBody(bool isComplete)
    {
        if (!isComplete && _modes.RequestBody == BodyMode.Buffered)
        {
            return BufferFilter.Refuse(stream);
        }
        var body = new byte[stream.BufferedBody.Length];
        stream.BufferedBody.CopyTo(body);
        _request = ExtProcPhase.BufferedBody;
        SendPart(true, body, isComplete && stream.RequestTrailers.Count == 0);
        return _request == ExtProcPhase.Idle && !stream.IsOver ? HttpFilterResult.Continue : HttpFilterResult.Wait;
    }

    public HttpFilterStatus OnResponse(bool endStream)
    {
        if (IsDone || _isEnded)
        {
            return HttpFilterStatus.Continue;
        }
        if (!_modes.ResponseHeaders)
        {
            RemoveLength(false);
            return ContinueResponse(false);
        }
        _response = ExtProcPhase.Headers;
        SendResponseHeaders(endStream);
        RemoveLength(false);
        if (config.IsObserver && !IsDone)
        {
            _response = ExtProcPhase.Idle;
            return ContinueResponse(false);
        }
        if (IsDone)
        {
            return stream.IsOver || stream.ResponseStarted ? HttpFilterStatus.Wait : HttpFilterStatus.Continue;
        }
        if (!endStream && _response == ExtProcPhase.Headers && IsEarly(_modes.ResponseBody))
        {
            _responseBodyDone = true;
            AddResponseStage();
        }
        return HttpFilterStatus.Wait;
    }

    public HttpFilterStatus OnResponseContinued() => ContinueResponse(true);

    public HttpFilterStatus OnResponseBody(bool isComplete)
    {
        if (!isComplete && _modes.ResponseBody == BodyMode.Buffered)
        {
            stream.SendLocalReply(
                500, "Internal Server Error"u8, ResponseFlags.None, ResponseDetails.ResponsePayloadTooLarge);
            return HttpFilterStatus.Wait;
        }
        var held = stream.ResponsePath.Held;
        var body = new byte[held.Length];
        held.CopyTo(body);
        _response = ExtProcPhase.BufferedBody;
        SendPart(false, body, isComplete && stream.ResponsePath.End == BodyEnd.Data);
        return _response == ExtProcPhase.Idle && !stream.IsOver && !stream.ResponseStarted
            ? HttpFilterStatus.Continue : HttpFilterStatus.Wait;
    }

    /// <summary>The body does not wait for the answer to the headers.</summary>
    private bool IsEarly(BodyMode mode) =>
        mode == BodyMode.FullDuplexStreamed || (mode == BodyMode.Streamed && config.SendsBodyEarly);

    private HttpFilterResult ContinueRequest(bool hasWaited)
    {
        if (IsDone)
        {
            return HttpFilterResult.Continue;
        }
        if (hasWaited && _requestBodyDone && MustHold(_requestStage, _requestDuplex, ref _isRequestHeld))
        {
            return HttpFilterResult.Wait;
        }
        if (!_requestBodyDone && (stream.HasBody || !stream.RequestPassed))
        {
            _requestBodyDone = true;
            switch (_modes.RequestBody)
            {
                case BodyMode.Buffered or BodyMode.BufferedPartial when !config.IsObserver:
                    return new HttpFilterResult(
                        HttpFilterStatus.AwaitBody, BodyBytesMax: HttpStream.HeldResponseBytesMax);
                case BodyMode.Streamed or BodyMode.FullDuplexStreamed:
                    AddRequestStage();
                    _isReleasing = hasWaited;
                    stream.RequestPath.Advance();
                    _isReleasing = false;
                    if (stream.IsOver)
                    {
                        return HttpFilterResult.Wait;
                    }
                    return hasWaited && MustHold(_requestStage, _requestDuplex, ref _isRequestHeld)
                        ? HttpFilterResult.Wait : HttpFilterResult.Continue;
                default:
                    break;
            }
        }
        if (_modes.RequestTrailers && _requestStage is null && _requestDuplex is null && _requestTrailers is null
            && stream.HasBody && stream.RequestPath.End != BodyEnd.Data)
        {
            stream.AddRequestStage(_requestTrailers = new ExtProcTrailerStage(this, true));
            stream.RequestPath.Advance();
        }
        return stream.IsOver ? HttpFilterResult.Wait : HttpFilterResult.Continue;
    }

    private HttpFilterStatus ContinueResponse(bool hasWaited)
    {
        if (IsDone)
        {
            return HttpFilterStatus.Continue;
        }
        if (hasWaited && _responseBodyDone && MustHold(_responseStage, _responseDuplex, ref _isResponseHeld))
        {
            return HttpFilterStatus.Wait;
        }
        if (!_responseBodyDone && stream.ResponseHasBody)
        {
            _responseBodyDone = true;
            switch (_modes.ResponseBody)
            {
                case BodyMode.Buffered or BodyMode.BufferedPartial when !config.IsObserver:
                    return HttpFilterStatus.AwaitBody;
                case BodyMode.Streamed or BodyMode.FullDuplexStreamed:
                    AddResponseStage();
                    _isReleasing = hasWaited;
                    stream.ResponsePath.Advance();
                    _isReleasing = false;
                    return hasWaited && MustHold(_responseStage, _responseDuplex, ref _isResponseHeld)
                        ? HttpFilterStatus.Wait : HttpFilterStatus.Continue;
                default:
                    break;
            }
        }
        if (_modes.ResponseTrailers && _responseStage is null && _responseDuplex is null && _responseTrailers is null
            && stream.ResponseHasBody && stream.ResponsePath.End != BodyEnd.Data)
        {
            stream.AddResponseStage(_responseTrailers = new ExtProcTrailerStage(this, false));
            stream.ResponsePath.Advance();
            return HttpFilterStatus.Continue;
        }
        if (_responseTrailers is null)
        {
            CloseIfFinished();
        }
        return HttpFilterStatus.Continue;
    }

    /// <summary>Headers whose answer has come wait for that to what of the body has gone to the service
    /// since.</summary>
    private bool MustHold(ExtProcBodyStage? stage, ExtProcDuplexStage? duplex, ref bool isHeld)
    {
        isHeld = !IsDone && !config.IsObserver && !isHeld
            && (stage is { Count: > 0, HasAnswered: false } || duplex is { HasSent: true, HasAnswered: false });
        return isHeld;
    }

    private void AddRequestStage()
    {
        if (_modes.RequestBody == BodyMode.FullDuplexStreamed)
        {
            stream.AddRequestStage(_requestDuplex = new ExtProcDuplexStage(this, true));
        }
        else
        {
            stream.AddRequestStage(_requestStage = new ExtProcBodyStage(this, true));
        }
    }

    private void AddResponseStage()
    {
        if (_modes.ResponseBody == BodyMode.FullDuplexStreamed)
        {
            stream.AddResponseStage(_responseDuplex = new ExtProcDuplexStage(this, false));
        }
        else
        {
            stream.AddResponseStage(_responseStage = new ExtProcBodyStage(this, false));
        }
    }

    /// <summary>The length that a body has now is not what it will have.</summary>
    private void RemoveLength(bool isRequest)
    {
        var (mode, hasHeaders) = isRequest ? (_modes.RequestBody, _modes.RequestHeaders)
            : (_modes.ResponseBody, _modes.ResponseHeaders);
        var isGone = mode is BodyMode.Streamed or BodyMode.FullDuplexStreamed or BodyMode.BufferedPartial
            || (mode == BodyMode.Buffered && !hasHeaders);
        if (stream.IsOver || config.IsObserver || !isGone)
        {
            return;
        }
        (isRequest ? stream.Request : stream.Response).Remove(HeaderId.ContentLength);
        (isRequest ? ref _requestLengthGone : ref _responseLengthGone) = !config.AllowsContentLength;
    }
}
