using System.Text;
using Envoy.Service.ExtProc.V3;
using Google.Protobuf;
using Lateen.Net;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;
using ModeProto = Envoy.Extensions.Filters.Http.ExtProc.V3.ProcessingMode;

namespace Lateen.Proxy.ExtProc;

/// <summary>
/// One stream's talk with its processing service: what has been sent, what is waited for and what the answers change.
/// </summary>
internal sealed partial class ExtProcSession(HttpStream stream, ExtProcConfig config, ExtProcStats stats)
    : IGrpcStreamUser, ITimerTarget
{
    private static readonly byte[] Path = "/envoy.service.ext_proc.v3.ExternalProcessor/Process"u8.ToArray();
    private static readonly byte[] TimeoutDetails = "ext_proc_error_per-message_timeout_exceeded"u8.ToArray();
    private static readonly byte[] SpuriousDetails = "spurious_message"u8.ToArray();

    private LoopTimer? _timer;
    private ProcessingModes _modes = config.Modes;
    private GrpcStream? _call;
    private ExtProcPhase _request;
    private ExtProcPhase _response;
    private ExtProcBodyStage? _requestStage;
    private ExtProcBodyStage? _responseStage;
    private bool _requestBodyDone;
    private bool _responseBodyDone;
    private bool _firstSent;
    private bool _requestAttributesSent;
    private bool _responseAttributesSent;
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
            return OnRequestContinued();
        }
        SendRequestHeaders();
        if (stream.IsOver || IsDone)
        {
            return stream.IsOver ? HttpFilterResult.Wait : HttpFilterResult.Continue;
        }
        if (config.IsObserver)
        {
            return OnRequestContinued();
        }
        _request = ExtProcPhase.Headers;
        return HttpFilterResult.Wait;
    }

    /// <summary>The headers have been processed: the body's turn.</summary>
    public HttpFilterResult OnRequestContinued()
    {
        if (IsDone || _requestBodyDone || stream.RequestPassed && !stream.HasBody)
        {
            return HttpFilterResult.Continue;
        }
        _requestBodyDone = true;
        switch (_modes.RequestBody)
        {
            case BodyMode.Buffered or BodyMode.BufferedPartial when !config.IsObserver:
                if (!_modes.RequestHeaders || _modes.RequestBody == BodyMode.BufferedPartial)
                {
                    stream.Request.Remove(Lateen.Http.HeaderId.ContentLength);
                }
                return new HttpFilterResult(
                    HttpFilterStatus.AwaitBody, BodyBytesMax: HttpStream.HeldResponseBytesMax);
            case BodyMode.Streamed:
                stream.Request.Remove(Lateen.Http.HeaderId.ContentLength);
                stream.AddRequestStage(_requestStage = new ExtProcBodyStage(this, true));
                stream.RequestPath.Advance();
                return HttpFilterResult.Continue;
            default:
                return HttpFilterResult.Continue;
        }
    }

    public HttpFilterResult OnRequestBody(bool isComplete)
    {
        if (!isComplete && _modes.RequestBody == BodyMode.Buffered)
        {
            return BufferFilter.Refuse(stream);
        }
        var body = new byte[stream.BufferedBody.Length];
        stream.BufferedBody.CopyTo(body);
        _request = ExtProcPhase.BufferedBody;
        SendBody(true, body, isComplete && stream.RequestTrailers.Count == 0);
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
            return OnResponseContinued();
        }
        var message = new ProcessingRequest
        {
            ResponseHeaders = new HttpHeaders
            {
                Headers = ExtProcMessages.Headers(stream.Response, config),
                EndOfStream = endStream,
            },
        };
        _response = ExtProcPhase.Headers;
        Send(message);
        if (config.IsObserver && !IsDone)
        {
            _response = ExtProcPhase.Idle;
            return OnResponseContinued();
        }
        return IsDone && !stream.IsOver && !stream.ResponseStarted ? HttpFilterStatus.Continue : HttpFilterStatus.Wait;
    }

    public HttpFilterStatus OnResponseContinued()
    {
        if (IsDone || _responseBodyDone || !stream.ResponseHasBody)
        {
            CloseIfFinished();
            return HttpFilterStatus.Continue;
        }
        _responseBodyDone = true;
        switch (_modes.ResponseBody)
        {
            case BodyMode.Buffered or BodyMode.BufferedPartial when !config.IsObserver:
                if (!_modes.ResponseHeaders || _modes.ResponseBody == BodyMode.BufferedPartial)
                {
                    stream.Response.Remove(Lateen.Http.HeaderId.ContentLength);
                }
                return HttpFilterStatus.AwaitBody;
            case BodyMode.Streamed:
                stream.Response.Remove(Lateen.Http.HeaderId.ContentLength);
                stream.AddResponseStage(_responseStage = new ExtProcBodyStage(this, false));
                stream.ResponsePath.Advance();
                return HttpFilterStatus.Continue;
            default:
                CloseIfFinished();
                return HttpFilterStatus.Continue;
        }
    }

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
        SendBody(false, body, isComplete && stream.ResponsePath.End == BodyEnd.Data);
        return _response == ExtProcPhase.Idle && !stream.IsOver && !stream.ResponseStarted
            ? HttpFilterStatus.Continue : HttpFilterStatus.Wait;
    }

    public void SendBody(bool isRequest, byte[] body, bool end)
    {
        var part = new HttpBody { Body = UnsafeByteOperations.UnsafeWrap(body), EndOfStream = end };
        Send(isRequest ? new ProcessingRequest { RequestBody = part } : new ProcessingRequest { ResponseBody = part });
    }

    /// <summary>False where the service does not want the trailers.</summary>
    public bool TrySendTrailers(bool isRequest)
    {
        if (!(isRequest ? _modes.RequestTrailers : _modes.ResponseTrailers))
        {
            return false;
        }
        var trailers = new HttpTrailers
        {
            Trailers = ExtProcMessages.Headers(isRequest ? stream.RequestTrailers : stream.ResponseTrailers, config),
        };
        if (isRequest)
        {
            _request = ExtProcPhase.Trailers;
            Send(new ProcessingRequest { RequestTrailers = trailers });
        }
        else
        {
            _response = ExtProcPhase.Trailers;
            Send(new ProcessingRequest { ResponseTrailers = trailers });
        }
        return !config.IsObserver && !IsDone;
    }

    /// <summary>The stream is over.</summary>
    public void End()
    {
        _isEnded = true;
        Timer.Remove();
        if (_call is { } call)
        {
            _call = null;
            if (!IsDone)
            {
                stats.Count(Worker, ExtProcStat.StreamsClosed);
            }
            call.Reset();
        }
        IsDone = true;
    }

    void ITimerTarget.OnTimer(LoopTimer timer)
    {
        if (IsDone)
        {
            return;
        }
        stats.Count(Worker, ExtProcStat.MessageTimeouts);
        Close();
        if (config.FailureModeAllow)
        {
            stats.Count(Worker, ExtProcStat.FailureModeAllowed);
            PassOn();
            return;
        }
        Refuse(504, TimeoutDetails);
    }

    private void SendRequestHeaders() => Send(new ProcessingRequest
    {
        RequestHeaders = new HttpHeaders
        {
            Headers = ExtProcMessages.Headers(stream.Request, config),
            EndOfStream = !stream.HasBody,
        },
    });

    private void Send(ProcessingRequest message)
    {
        if (_call is null && !_firstSent)
        {
            _call = GrpcStream.Start(stream.Worker, config.Service, Path, this);
            stats.Count(Worker, ExtProcStat.StreamsStarted);
        }
        if (_call is null)
        {
            Fail(GrpcServiceTarget.Unavailable, "no healthy upstream");
            return;
        }
        message.MetadataContext = ExtProcMessages.Metadata(stream.Info, config.ForwardedNamespaces);
        message.ObservabilityMode = config.IsObserver;
        AddAttributes(message);
        if (!_firstSent)
        {
            _firstSent = true;
            message.ProtocolConfig = new ProtocolConfiguration
            {
                RequestBodyMode = (ModeProto.Types.BodySendMode)_modes.RequestBody,
                ResponseBodyMode = (ModeProto.Types.BodySendMode)_modes.ResponseBody,
            };
        }
        if (config.MessageTimeoutNanos > 0 && !config.IsObserver)
        {
            Timer.Start((config.MessageTimeoutNanos + 999_999) / 1_000_000);
        }
        stats.Count(Worker, ExtProcStat.StreamMsgsSent);
        _call.Send(message);
    }

    /// <summary>The first message of each direction tells the attributes.</summary>
    private void AddAttributes(ProcessingRequest message)
    {
        var isRequest = message.RequestCase is ProcessingRequest.RequestOneofCase.RequestHeaders
            or ProcessingRequest.RequestOneofCase.RequestBody or ProcessingRequest.RequestOneofCase.RequestTrailers;
        ref var sent = ref isRequest ? ref _requestAttributesSent : ref _responseAttributesSent;
        var attributes = isRequest ? config.RequestAttributes : config.ResponseAttributes;
        if (!sent && attributes.Length > 0)
        {
            message.Attributes["envoy.filters.http.ext_proc"] = ExtProcAttribute.Of(attributes, stream.Info);
        }
        sent = true;
    }

    private void Close()
    {
        if (IsDone)
        {
            return;
        }
        IsDone = true;
        Timer.Stop();
        stats.Count(Worker, ExtProcStat.StreamsClosed);
        _call?.CloseAndReset();
    }

    /// <summary>Ends the talk once neither direction has more to say.</summary>
    private void CloseIfFinished()
    {
        if (IsDone || _request != ExtProcPhase.Idle || _response != ExtProcPhase.Idle || _requestStage is not null
            || _responseStage is not null)
        {
            return;
        }
        Close();
    }

    /// <summary>What waits goes on as it is.</summary>
    private void PassOn()
    {
        var (request, response) = (_request, _response);
        _request = _response = ExtProcPhase.Idle;
        _requestStage?.Release();
        _responseStage?.Release();
        if (request == ExtProcPhase.Trailers)
        {
            _requestStage?.ReleaseTrailers();
        }
        else if (request != ExtProcPhase.Idle)
        {
            stream.ResumeRequest(HttpFilterResult.Continue);
        }
        if (response == ExtProcPhase.Trailers)
        {
            _responseStage?.ReleaseTrailers();
        }
        else if (response != ExtProcPhase.Idle)
        {
            stream.ContinueResponse();
        }
    }

    private void Refuse(int status, byte[] details)
    {
        _request = _response = ExtProcPhase.Idle;
        stats.Count(Worker, ExtProcStat.ImmediateResponsesSent);
        stream.SendLocalReply(status, default, ResponseFlags.None, details);
    }

    private void Fail(int status, string message)
    {
        stats.Count(Worker, ExtProcStat.StreamsFailed);
        IsDone = true;
        Timer.Stop();
        if (config.FailureModeAllow)
        {
            stats.Count(Worker, ExtProcStat.FailureModeAllowed);
            PassOn();
            return;
        }
        Refuse(500, Encoding.UTF8.GetBytes($"ext_proc_error_gRPC_error_{status}{{{message.Replace(' ', '_')}}}"));
    }
}
