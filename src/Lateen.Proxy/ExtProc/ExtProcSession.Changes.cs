using System.Buffers.Text;
using System.Text;
using Envoy.Service.ExtProc.V3;
using Google.Protobuf;
using Lateen.Grpc;
using Lateen.Http;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;
using HeaderMap = Lateen.Http.HeaderMap;

namespace Lateen.Proxy.ExtProc;

/// <content>What the answers change.</content>
internal sealed partial class ExtProcSession
{
    private const int InvalidArgumentStatus = (int)GrpcStatusCode.InvalidArgument;
    private const int InternalStatus = (int)GrpcStatusCode.Internal;

    private void OnRequestHeaders(CommonResponse? response)
    {
        var replaces = response?.Status == CommonResponse.Types.ResponseStatus.ContinueAndReplace;
        if (!Mutate(true, ExtProcPhase.Headers, response?.HeaderMutation, stream.Request, replaces, _requestLengthGone))
        {
            return;
        }
        _request = ExtProcPhase.Idle;
        ClearRoute(response);
        if (replaces)
        {
            _requestBodyDone = true;
            stream.Request.Remove(HeaderId.ContentLength);
            _talk.Note(true, ExtProcPhase.BufferedBody, ExtProcEffect.Applied);
            stream.ReplaceRequestBody((response!.BodyMutation?.Body ?? ByteString.Empty).Span);
        }
        if (!stream.HasBody)
        {
            CloseAfterRequest();
        }
        stream.ResumeRequest(HttpFilterResult.Continue);
    }

    /// <summary>Headers that waited for the first piece of their body go on.</summary>
    private void ReleaseHeld(bool isRequest)
    {
        ref var isHeld = ref isRequest ? ref _isRequestHeld : ref _isResponseHeld;
        if (!isHeld)
        {
            return;
        }
        isHeld = false;
        if (isRequest)
        {
            stream.ResumeRequest(HttpFilterResult.Continue);
        }
        else
        {
            stream.ContinueResponse();
        }
    }

    private void OnResponseHeaders(CommonResponse? response)
    {
        var replaces = response?.Status == CommonResponse.Types.ResponseStatus.ContinueAndReplace;
        if (!Mutate(
            false, ExtProcPhase.Headers, response?.HeaderMutation, stream.Response, replaces, _responseLengthGone))
        {
            return;
        }
        _response = ExtProcPhase.Idle;
        if (replaces)
        {
            _responseBodyDone = true;
            stream.Response.Remove(HeaderId.ContentLength);
            stream.Router.Abort();
            _talk.Note(false, ExtProcPhase.BufferedBody, ExtProcEffect.Applied);
            stream.ReplaceResponseBody((response!.BodyMutation?.Body ?? ByteString.Empty).Span);
            stream.ResponsePath.End = BodyEnd.Data;
        }
        stream.ContinueResponse();
    }

    private void OnBufferedBody(bool isRequest, CommonResponse? response)
    {
        var headers = isRequest ? stream.Request : stream.Response;
        var isLengthGone = isRequest ? _requestLengthGone : _responseLengthGone;

        // Headers that the service was not told of cannot be changed with the body either.
        var mayMutate = isRequest ? _modes.RequestHeaders : _modes.ResponseHeaders;
        if (mayMutate && !Mutate(
            isRequest, ExtProcPhase.BufferedBody, response?.HeaderMutation, headers, false, isLengthGone))
        {
            return;
        }
        if (response?.BodyMutation is { MutationCase: not BodyMutation.MutationOneofCase.None } mutation)
        {
            var body = mutation.MutationCase == BodyMutation.MutationOneofCase.Body ? mutation.Body : ByteString.Empty;
            if (headers.TryGet(HeaderId.ContentLength, out var length)
                && !(Utf8Parser.TryParse(length, out long number, out var used) && used == length.Length
                    && number == body.Length))
            {
                Close();
                _talk.Refuse(isRequest, ExtProcPhase.BufferedBody, InternalStatus);
                Refuse(config.StatusOnError, LengthDetails);
                return;
            }
            _talk.Note(isRequest, ExtProcPhase.BufferedBody, ExtProcEffect.Applied);
            if (isRequest)
            {
                stream.ReplaceRequestBody(body.Span);
            }
            else
            {
                stream.ReplaceResponseBody(body.Span);
            }
        }
        if (isRequest)
        {
            _request = ExtProcPhase.Idle;
            ClearRoute(response);
            stream.ResumeRequest(HttpFilterResult.Continue);
        }
        else
        {
            _response = ExtProcPhase.Idle;
            stream.ContinueResponse();
        }
    }

    private void OnDuplexBody(bool isRequest, ExtProcDuplexStage stage, StreamedBodyResponse answer)
    {
        _talk.Note(isRequest, ExtProcPhase.BufferedBody, ExtProcEffect.Applied);
        stage.OnAnswer(answer.Body.Span, answer.EndOfStream);
    }

    private void OnStreamedBody(bool isRequest, ExtProcBodyStage stage, CommonResponse? response)
    {
        var replacement = response?.BodyMutation switch
        {
            { MutationCase: BodyMutation.MutationOneofCase.Body } mutation => mutation.Body.ToByteArray(),
            { MutationCase: BodyMutation.MutationOneofCase.ClearBody, ClearBody: true } => [],
            _ => null,
        };
        if (replacement is not null)
        {
            _talk.Note(isRequest, ExtProcPhase.BufferedBody, ExtProcEffect.Applied);
        }
        stage.OnAnswer(replacement);
    }

    /// <summary>False when the change is an error and the request has been answered.</summary>
    private bool Mutate(
        bool isRequest, ExtProcPhase part, Envoy.Service.ExtProc.V3.HeaderMutation? mutation, HeaderMap headers,
        bool replaces = false, bool keepsLength = false)
    {
        var scope = new HeaderMutationScope(config.Rules, stream.Config.MaxHeadersCount, replaces, keepsLength);
        var error = ExtProcMessages.Apply(mutation, headers, scope, CountRejected, out var effect);

        // What comes with a body changes the headers.
        _talk.Note(isRequest, part == ExtProcPhase.BufferedBody ? ExtProcPhase.Headers : part, effect);
        if (error is null)
        {
            return true;
        }
        Close();
        _talk.Refuse(isRequest, part, InvalidArgumentStatus);
        Refuse(config.StatusOnError, error);
        return false;
    }

    private void CountRejected() => stats.Count(Worker, ExtProcStat.RejectedHeaderMutations);

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
        _isRequestHeld = _isResponseHeld = false;
        var status = (int)(immediate.Status?.Code ?? 0);
        ExtProcMessages.Apply(
            immediate.Headers, stream.LocalReplyHeaders,
            new HeaderMutationScope(config.Rules, stream.Config.MaxHeadersCount), CountRejected, out _);
        stats.Count(Worker, ExtProcStat.ImmediateResponsesSent);
        stream.SendLocalReply(
            status < 200 ? 200 : status, immediate.Body.Span, ResponseFlags.None,
            immediate.Details.Length == 0 ? ResponseDetails.Blank
                : Encoding.UTF8.GetBytes(immediate.Details.Replace(' ', '_')),
            immediate.GrpcStatus is { } grpc ? (int)grpc.Status : -1);
    }
}
