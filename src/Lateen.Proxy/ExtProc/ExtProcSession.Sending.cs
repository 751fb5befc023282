using System.Text;
using Envoy.Service.ExtProc.V3;
using Google.Protobuf;
using Lateen.Core.Protobuf;
using Lateen.Core.Yaml;
using Lateen.Grpc;
using Lateen.Http;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;
using ModeProto = Envoy.Extensions.Filters.Http.ExtProc.V3.ProcessingMode;

namespace Lateen.Proxy.ExtProc;

/// <content>How the service is asked: by messages of one stream, or by a request for each.</content>
internal sealed partial class ExtProcSession
{
    private static readonly MessageWriteOptions JsonNames = new() { DeclaredNames = true };

    private HttpCall? _httpCall;

    /// <summary>Over HTTP/1 the end of a body comes by itself, unless all of it was held.</summary>
    public bool EndsApart(bool isRequest) => !_isReleasing
        && (isRequest ? stream.Info.Protocol : stream.Info.UpstreamProtocol) is HttpProtocol.Http10
            or HttpProtocol.Http11;

    /// <summary>A piece of a body, with its end as a message of its own where that comes apart.</summary>
    public void SendBody(bool isRequest, byte[] body, bool end)
    {
        if (end && body.Length > 0 && EndsApart(isRequest))
        {
            SendPiece(isRequest, body, false);
            (body, end) = ([], true);
        }
        SendPiece(isRequest, body, end);
    }

    /// <summary>One message with a piece of a body.</summary>
    public void SendPiece(bool isRequest, byte[] body, bool end)
    {
        if (!IsDone)
        {
            SendPart(isRequest, body, end);
        }
    }

    /// <summary>A body that came in chunks ends with trailers that are none.</summary>
    public bool HasNoTrailers(bool isRequest) =>
        (isRequest ? stream.RequestTrailers : stream.ResponseTrailers).Count == 0;

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
            _request = _request == ExtProcPhase.Idle ? ExtProcPhase.Trailers : _request;
            _requestTrailersSent = true;
            Send(new ProcessingRequest { RequestTrailers = trailers });
        }
        else
        {
            _response = _response == ExtProcPhase.Idle ? ExtProcPhase.Trailers : _response;
            _responseTrailersSent = true;
            Send(new ProcessingRequest { ResponseTrailers = trailers });
        }
        if (config.IsObserver)
        {
            _request = _response = ExtProcPhase.Idle;
        }
        return !config.IsObserver && !IsDone;
    }

    private void SendPart(bool isRequest, byte[] body, bool end)
    {
        var part = new HttpBody { Body = UnsafeByteOperations.UnsafeWrap(body), EndOfStream = end };
        Send(isRequest ? new ProcessingRequest { RequestBody = part } : new ProcessingRequest { ResponseBody = part });
    }

    private void SendRequestHeaders() => Send(new ProcessingRequest
    {
        RequestHeaders = new HttpHeaders
        {
            Headers = ExtProcMessages.Headers(stream.Request, config),
            EndOfStream = !stream.HasBody,
        },
    });

    private void SendResponseHeaders(bool endStream) => Send(new ProcessingRequest
    {
        ResponseHeaders = new HttpHeaders
        {
            Headers = ExtProcMessages.Headers(stream.Response, config),
            EndOfStream = endStream,
        },
    });

    private void Send(ProcessingRequest message)
    {
        var isRequest = message.RequestCase is ProcessingRequest.RequestOneofCase.RequestHeaders
            or ProcessingRequest.RequestOneofCase.RequestBody or ProcessingRequest.RequestOneofCase.RequestTrailers;
        if (config.Service is { } service && _call is null && !TryOpen(service))
        {
            return;
        }
        message.MetadataContext = new Envoy.Config.Core.V3.Metadata();
        MetadataContext.AddDynamic(message.MetadataContext, stream.Info, config.ForwardedNamespaces);
        MetadataContext.AddConfigured(
            message.MetadataContext, stream.Info.UpstreamCluster?.Config.Metadata, config.ClusterNamespaces);
        message.ObservabilityMode = config.IsObserver;
        AddAttributes(message, isRequest);
        if (!_firstSent && !config.IsObserver)
        {
            message.ProtocolConfig = new ProtocolConfiguration
            {
                RequestBodyMode = (ModeProto.Types.BodySendMode)_modes.RequestBody,
                ResponseBodyMode = (ModeProto.Types.BodySendMode)_modes.ResponseBody,
                SendBodyWithoutWaitingForHeaderResponse = config.SendsBodyEarly,
            };
        }
        _firstSent = true;
        var isDuplex = (isRequest ? _modes.RequestBody : _modes.ResponseBody) == BodyMode.FullDuplexStreamed;
        if (config.MessageTimeoutNanos > 0 && !config.IsObserver && !isDuplex)
        {
            _isTimeOverridden = false;
            Timer.Start((config.MessageTimeoutNanos + 999_999) / 1_000_000);
        }
        stats.Count(Worker, ExtProcStat.StreamMsgsSent);
        if (!config.IsObserver)
        {
            _talk.Start(isRequest, PartOf(message), stream.Worker.NowNanos);
        }
        if (config.Http is { } http)
        {
            SendHttp(http, message);
        }
        else
        {
            _call!.Send(message);
        }
    }

    private static ExtProcPhase PartOf(ProcessingRequest message) => message.RequestCase switch
    {
        ProcessingRequest.RequestOneofCase.RequestHeaders or ProcessingRequest.RequestOneofCase.ResponseHeaders =>
            ExtProcPhase.Headers,
        ProcessingRequest.RequestOneofCase.RequestTrailers or ProcessingRequest.RequestOneofCase.ResponseTrailers =>
            ExtProcPhase.Trailers,
        _ => ExtProcPhase.BufferedBody,
    };

    /// <summary>Opens the talk. False: it is over already.</summary>
    private bool TryOpen(GrpcServiceTarget service)
    {
        _talk.Destination = service.Cluster.Name;
        _talk.Call = _call = GrpcStream.Start(
            stream.Worker, service, Path, this, stream, config.EmitsSpan);
        if (_call is null)
        {
            stats.Count(Worker, ExtProcStat.ServerHalfClosed);
            Fail(GrpcServiceTarget.Unavailable, "Cluster not available");
            return false;
        }
        _call.Connect();
        if (IsDone)
        {
            return false;
        }
        stats.Count(Worker, ExtProcStat.StreamsStarted);
        return true;
    }

    private void SendHttp(ExtProcHttpTarget target, ProcessingRequest message)
    {
        _httpCall?.Cancel();
        _httpCall = null;
        _talk.Destination = target.Cluster.Name;
        if (target.Cluster.Current is not { } cluster)
        {
            FailHttp();
            return;
        }
        var tree = new MessageWriter(JsonNames).ToNode(ApiSchema.Of(message), message.ToByteArray());
        var isOver = false;
        var call = HttpCall.Start(
            stream.Worker, cluster, headers => PrepareHttp(target, headers), JsonTreeWriter.WriteUtf8(tree),
            target.TimeoutNanos,
            (done, outcome) =>
            {
                isOver = true;
                OnHttpAnswer(done, outcome);
            },
            tellsMachine: false, marksCall: false);
        _httpCall = isOver ? null : call;
    }

    private void PrepareHttp(ExtProcHttpTarget target, HeaderMap headers)
    {
        headers.Add(HeaderId.Method, "POST"u8);
        headers.Add(HeaderId.Path, target.Path);
        headers.Add(HeaderId.Authority, target.Authority);
        headers.Add(HeaderId.Scheme, "http"u8);
        headers.Add(HeaderId.ContentType, "application/json"u8);
        headers.Add(HeaderId.XRequestId, Encoding.ASCII.GetBytes($"{stream.Info.RandomValue}"));
        foreach (var (name, value) in target.Headers)
        {
            headers.Set(name, value);
        }
    }

    private void OnHttpAnswer(HttpCall call, HttpCallOutcome outcome)
    {
        _httpCall = null;
        _talk.HttpBytes = call.WireBytes;
        if (IsDone || config.IsObserver)
        {
            return;
        }
        if (outcome != HttpCallOutcome.Success || call.Status != 200 || ReadJson(call.Body) is not { } answer)
        {
            FailHttp();
            return;
        }
        OnAnswer(answer);
    }

    private static ProcessingResponse? ReadJson(ReadOnlySpan<byte> text)
    {
        if (!JsonTreeReader.TryRead(Encoding.UTF8.GetString(text), null, YamlLimits.Default, out var root))
        {
            return null;
        }
        var errors = new List<Core.ConfigError>();
        var answer = new ProcessingResponse();
        new MessageReader(MessageReadOptions.Strict, errors).Merge(answer, root, "");
        return errors.Count == 0 ? answer : null;
    }

    private void FailHttp()
    {
        stats.Count(Worker, ExtProcStat.HttpNotOkRespReceived);
        IsDone = true;
        Timer.Stop();
        _talk.FinishAll((int)GrpcStatusCode.Aborted, stream.Worker.NowNanos);
        if (config.FailureModeAllow)
        {
            FailOpen();
            return;
        }
        Refuse(config.StatusOnError, HttpErrorDetails);
    }

    /// <summary>The first message of each direction tells the attributes.</summary>
    private void AddAttributes(ProcessingRequest message, bool isRequest)
    {
        ref var sent = ref isRequest ? ref _requestAttributesSent : ref _responseAttributesSent;
        var attributes = isRequest ? config.RequestAttributes : config.ResponseAttributes;
        if ((isRequest ? config.Mapped?.Request : config.Mapped?.Response) is { Length: > 0 } mapped)
        {
            attributes = mapped;
        }
        if (!sent && attributes.Length > 0)
        {
            message.Attributes["envoy.filters.http.ext_proc"] = ExtProcAttribute.Of(attributes, stream.Info);
        }
        sent = true;
    }
}
