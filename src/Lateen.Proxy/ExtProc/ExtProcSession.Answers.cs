using System.Text;
using Envoy.Service.ExtProc.V3;
using Google.Protobuf;
using Lateen.Http;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;
using AnswerCase = Envoy.Service.ExtProc.V3.ProcessingResponse.ResponseOneofCase;
using HeaderMap = Lateen.Http.HeaderMap;
using ModeProto = Envoy.Extensions.Filters.Http.ExtProc.V3.ProcessingMode;

namespace Lateen.Proxy.ExtProc;

/// <content>What the service says.</content>
internal sealed partial class ExtProcSession
{
    void IGrpcStreamUser.OnMessage(ReadOnlyMemory<byte> message)
    {
        if (IsDone || config.IsObserver)
        {
            return;
        }
        ProcessingResponse answer;
        try
        {
            answer = ProcessingResponse.Parser.ParseFrom(message.Span);
        }
        catch (InvalidProtocolBufferException)
        {
            // A service that says something else is out of step.
            OnSpurious();
            return;
        }
        if (answer.OverrideMessageTimeout is { } timeout)
        {
            OnTimeoutOverride((timeout.Seconds * 1_000_000_000) + timeout.Nanos);
            return;
        }
        if (!TryHandle(answer))
        {
            OnSpurious();
        }
    }

    void IGrpcStreamUser.OnClosed(in GrpcStreamEnd end)
    {
        _call = null;
        if (IsDone)
        {
            return;
        }
        stats.Count(Worker, ExtProcStat.ServerHalfClosed);
        if (end.Status != Grpc.GrpcStatusCode.Ok)
        {
            Fail((int)end.Status, end.Text);
            return;
        }
        IsDone = true;
        Timer.Stop();
        stats.Count(Worker, ExtProcStat.StreamsClosed);
        PassOn();
    }

    private void OnTimeoutOverride(long nanos)
    {
        var isGood = config.MessageTimeoutNanosMax > 0 && nanos >= 1_000_000 && nanos <= config.MessageTimeoutNanosMax
            && Timer.IsStarted;
        stats.Count(Worker, isGood
            ? ExtProcStat.OverrideMessageTimeoutReceived : ExtProcStat.OverrideMessageTimeoutIgnored);
        if (isGood)
        {
            Timer.Start(nanos / 1_000_000);
        }
    }

    private void OnSpurious()
    {
        stats.Count(Worker, ExtProcStat.SpuriousMsgsReceived);
        Close();
        if (config.FailureModeAllow)
        {
            stats.Count(Worker, ExtProcStat.FailureModeAllowed);
            PassOn();
            return;
        }
        Refuse(500, SpuriousDetails);
    }

    private bool TryHandle(ProcessingResponse answer)
    {
        switch (answer.ResponseCase)
        {
            case AnswerCase.RequestHeaders when _request == ExtProcPhase.Headers:
                Received(answer);
                OverrideModes(answer.ModeOverride);
                OnRequestHeaders(answer.RequestHeaders.Response);
                return true;
            case AnswerCase.ResponseHeaders when _response == ExtProcPhase.Headers:
                Received(answer);
                OverrideModes(answer.ModeOverride);
                OnResponseHeaders(answer.ResponseHeaders.Response);
                return true;
            case AnswerCase.RequestBody when _request == ExtProcPhase.BufferedBody:
                Received(answer);
                OnBufferedBody(true, answer.RequestBody.Response);
                return true;
            case AnswerCase.ResponseBody when _response == ExtProcPhase.BufferedBody:
                Received(answer);
                OnBufferedBody(false, answer.ResponseBody.Response);
                return true;
            case AnswerCase.RequestBody when _requestStage is { Count: > 0 } stage:
                Received(answer);
                OnStreamedBody(stage, answer.RequestBody.Response);
                return true;
            case AnswerCase.ResponseBody when _responseStage is { Count: > 0 } stage:
                Received(answer);
                OnStreamedBody(stage, answer.ResponseBody.Response);
                return true;
            case AnswerCase.RequestTrailers when _request == ExtProcPhase.Trailers:
                Received(answer);
                _request = ExtProcPhase.Idle;
                Mutate(answer.RequestTrailers.HeaderMutation, stream.RequestTrailers);
                _requestStage?.ReleaseTrailers();
                return true;
            case AnswerCase.ResponseTrailers when _response == ExtProcPhase.Trailers:
                Received(answer);
                _response = ExtProcPhase.Idle;
                Mutate(answer.ResponseTrailers.HeaderMutation, stream.ResponseTrailers);
                _responseStage?.ReleaseTrailers();
                return true;
            case AnswerCase.ImmediateResponse when !config.DisableImmediateResponse:
                Received(answer);
                OnImmediate(answer.ImmediateResponse);
                return true;
            default:
                return false;
        }
    }

    private void Received(ProcessingResponse answer)
    {
        stats.Count(Worker, ExtProcStat.StreamMsgsReceived);
        if (_requestStage is not { Count: > 1 } && _responseStage is not { Count: > 1 })
        {
            Timer.Stop();
        }
        foreach (var (name, value) in answer.DynamicMetadata?.Fields ?? [])
        {
            if (Array.IndexOf(config.ReceivedNamespaces, name) < 0)
            {
                continue;
            }
            foreach (var (key, inner) in value.StructValue?.Fields ?? [])
            {
                stream.Info.SetMetadata(name, key, MetadataValues.Unwrap(inner)!);
            }
        }
    }

    private void OverrideModes(ModeProto? wanted)
    {
        if (wanted is null || !config.AllowModeOverride)
        {
            return;
        }
        _modes = _modes with
        {
            RequestBody = (BodyMode)wanted.RequestBodyMode,
            ResponseBody = (BodyMode)wanted.ResponseBodyMode,
            ResponseHeaders = Pick(wanted.ResponseHeaderMode, _modes.ResponseHeaders),
            RequestTrailers = Pick(wanted.RequestTrailerMode, _modes.RequestTrailers),
            ResponseTrailers = Pick(wanted.ResponseTrailerMode, _modes.ResponseTrailers),
        };
    }

    private static bool Pick(ModeProto.Types.HeaderSendMode mode, bool present) => mode switch
    {
        ModeProto.Types.HeaderSendMode.Send => true,
        ModeProto.Types.HeaderSendMode.Skip => false,
        _ => present,
    };

    private void OnRequestHeaders(CommonResponse? response)
    {
        if (!Mutate(response?.HeaderMutation, stream.Request))
        {
            return;
        }
        _request = ExtProcPhase.Idle;
        ClearRoute(response);
        if (response?.Status == CommonResponse.Types.ResponseStatus.ContinueAndReplace)
        {
            _requestBodyDone = true;
            stream.ReplaceRequestBody((response.BodyMutation?.Body ?? ByteString.Empty).Span);
            stream.Request.Set(
                HeaderId.ContentLength, Encoding.ASCII.GetBytes($"{response.BodyMutation?.Body.Length ?? 0}"));
        }
        stream.ResumeRequest(HttpFilterResult.Continue);
    }

    private void OnResponseHeaders(CommonResponse? response)
    {
        if (!Mutate(response?.HeaderMutation, stream.Response))
        {
            return;
        }
        _response = ExtProcPhase.Idle;
        if (response?.Status == CommonResponse.Types.ResponseStatus.ContinueAndReplace)
        {
            _responseBodyDone = true;
            var body = response.BodyMutation?.Body ?? ByteString.Empty;
            stream.Response.Set(HeaderId.ContentLength, Encoding.ASCII.GetBytes($"{body.Length}"));
            stream.Router.Abort();
            stream.ReplaceResponseBody(body.Span);
            stream.ResponsePath.End = BodyEnd.Data;
        }
        stream.ContinueResponse();
    }

    private void OnBufferedBody(bool isRequest, CommonResponse? response)
    {
        var headers = isRequest ? stream.Request : stream.Response;
        if (!Mutate(response?.HeaderMutation, headers))
        {
            return;
        }
        var mutation = response?.BodyMutation;
        if (mutation is { MutationCase: not BodyMutation.MutationOneofCase.None })
        {
            var body = mutation.MutationCase == BodyMutation.MutationOneofCase.Body ? mutation.Body : ByteString.Empty;
            if (isRequest)
            {
                stream.ReplaceRequestBody(body.Span);
            }
            else
            {
                stream.ReplaceResponseBody(body.Span);
            }
            if (headers.Contains(HeaderId.ContentLength))
            {
                headers.Set(HeaderId.ContentLength, Encoding.ASCII.GetBytes($"{body.Length}"));
            }
        }
        if (isRequest)
        {
            _request = ExtProcPhase.Idle;
            ClearRoute(response);
            stream.ResumeRequest(HttpFilterResult.Continue);
            if (!_modes.ResponseHeaders && _modes.ResponseBody == BodyMode.None && !_modes.ResponseTrailers)
            {
                CloseIfFinished();
            }
        }
        else
        {
            _response = ExtProcPhase.Idle;
            stream.ContinueResponse();
        }
    }

    private static void OnStreamedBody(ExtProcBodyStage stage, CommonResponse? response) =>
        stage.OnAnswer(response?.BodyMutation switch
        {
            { MutationCase: BodyMutation.MutationOneofCase.Body } mutation => mutation.Body.ToByteArray(),
            { MutationCase: BodyMutation.MutationOneofCase.ClearBody, ClearBody: true } => [],
            _ => null,
        });

    /// <summary>False when the change is an error and the request has been answered.</summary>
    private bool Mutate(Envoy.Service.ExtProc.V3.HeaderMutation? mutation, HeaderMap headers)
    {
        if (ExtProcMessages.TryApply(
            mutation, headers, config.Rules, () => stats.Count(Worker, ExtProcStat.RejectedHeaderMutations)))
        {
            return true;
        }
        Close();
        Refuse(500, "invalid_header_mutation"u8.ToArray());
        return false;
    }

    private void ClearRoute(CommonResponse? response)
    {
        var isWanted = response?.ClearRouteCache == true;
        if (config.RouteCache == RouteCacheAction.Retain)
        {
            if (isWanted)
            {
                stats.Count(Worker, ExtProcStat.ClearRouteCacheDisabled);
            }
            return;
        }
        if (!isWanted && config.RouteCache != RouteCacheAction.Clear)
        {
            return;
        }
        if (response?.HeaderMutation is null)
        {
            stats.Count(Worker, ExtProcStat.ClearRouteCacheIgnored);
            return;
        }
        stream.RefreshRoute();
    }

    private void OnImmediate(ImmediateResponse immediate)
    {
        Close();
        _request = _response = ExtProcPhase.Idle;
        var status = (int)(immediate.Status?.Code ?? 0);
        ExtProcMessages.TryApply(
            immediate.Headers, stream.LocalReplyHeaders, config.Rules,
            () => stats.Count(Worker, ExtProcStat.RejectedHeaderMutations));
        stats.Count(Worker, ExtProcStat.ImmediateResponsesSent);
        stream.SendLocalReply(
            status < 200 ? 200 : status, immediate.Body.Span, ResponseFlags.None,
            Encoding.UTF8.GetBytes(immediate.Details.Replace(' ', '_')),
            immediate.GrpcStatus is { } grpc ? (int)grpc.Status : -1);
    }
}
