using Envoy.Service.ExtProc.V3;
using Google.Protobuf;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;
using AnswerCase = Envoy.Service.ExtProc.V3.ProcessingResponse.ResponseOneofCase;
using ModeProto = Envoy.Extensions.Filters.Http.ExtProc.V3.ProcessingMode;

namespace Lateen.Proxy.ExtProc;

/// <content>What the service says.</content>
internal sealed partial class ExtProcSession
{
    private static readonly byte[] SpuriousDetails = "spurious_message"u8.ToArray();
    private static readonly byte[] UnhandledDetails = "unhandled_message"u8.ToArray();
    private static readonly byte[] NormalDetails = ("spurious_message:_Normal_body_mutation_response_is_received_while"
        + "_body_mode__is_FULL_DUPLEX_STREAMED").Select(c => (byte)c).ToArray();

    private static readonly byte[] StreamedDetails = ("spurious_message:_streamed_response_is_received_while_body_mode"
        + "__is_not_FULL_DUPLEX_STREAMED").Select(c => (byte)c).ToArray();

    private static readonly byte[] DisabledDetails =
        "unhandled_immediate_response_due_to_config_disabled_it"u8.ToArray();

    private static readonly byte[] LengthDetails =
        "mismatch_between_content_length_and_the_length_of_the_mutated_body"u8.ToArray();

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
            OnSpurious(SpuriousDetails);
            return;
        }
        OnAnswer(answer);
    }

    private void OnAnswer(ProcessingResponse answer)
    {
        if (answer.OverrideMessageTimeout is { } timeout)
        {
            OnTimeoutOverride((timeout.Seconds * 1_000_000_000) + timeout.Nanos);
            return;
        }
        _isInMessage = true;
        _talk.HasImmediateResponse |= answer.ResponseCase == AnswerCase.ImmediateResponse;
        var isHandled = TryHandle(answer);
        if (!isHandled)
        {
            OnSpurious(answer.ResponseCase switch
            {
                AnswerCase.None or AnswerCase.StreamedImmediateResponse => UnhandledDetails,
                AnswerCase.ImmediateResponse => DisabledDetails,
                AnswerCase.RequestBody when IsOutOfStep(_requestDuplex, answer.RequestBody) => NormalDetails,
                AnswerCase.ResponseBody when IsOutOfStep(_responseDuplex, answer.ResponseBody) => NormalDetails,
                AnswerCase.RequestBody when IsStreamed(answer.RequestBody) => StreamedDetails,
                AnswerCase.ResponseBody when IsStreamed(answer.ResponseBody) => StreamedDetails,
                _ => SpuriousDetails,
            });
        }
        _isInMessage = false;
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
        _talk.FinishAll((int)Grpc.GrpcStatusCode.Aborted, stream.Worker.NowNanos);
        stats.Count(Worker, ExtProcStat.StreamsClosed);
        PassOn();
    }

    private void OnTimeoutOverride(long nanos)
    {
        var isGood = config.MessageTimeoutNanosMax > 0 && nanos >= 1_000_000 && nanos <= config.MessageTimeoutNanosMax
            && Timer.IsStarted && !_isTimeOverridden;
        stats.Count(Worker, isGood
            ? ExtProcStat.OverrideMessageTimeoutReceived : ExtProcStat.OverrideMessageTimeoutIgnored);
        if (isGood)
        {
            _isTimeOverridden = true;
            Timer.Start(nanos / 1_000_000);
        }
    }

    private static bool IsOutOfStep(ExtProcDuplexStage? stage, BodyResponse answer) =>
        stage is { IsOpen: true } && answer.Response?.BodyMutation?.StreamedResponse is null;

    private static bool IsStreamed(BodyResponse answer) => answer.Response?.BodyMutation?.StreamedResponse is not null;

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
            case AnswerCase.ImmediateResponse when !config.DisableImmediateResponse:
                Received(answer);
                OnImmediate(answer.ImmediateResponse);
                return true;
            default:
                return TryHandleBody(answer) || TryHandleTrailers(answer);
        }
    }

    private bool TryHandleBody(ProcessingResponse answer)
    {
        switch (answer.ResponseCase)
        {
            case AnswerCase.RequestBody when _request == ExtProcPhase.BufferedBody && !IsStreamed(answer.RequestBody):
                Received(answer);
                OnBufferedBody(true, answer.RequestBody.Response);
                return true;
            case AnswerCase.ResponseBody when _response == ExtProcPhase.BufferedBody
                && !IsStreamed(answer.ResponseBody):
                Received(answer);
                OnBufferedBody(false, answer.ResponseBody.Response);
                return true;
            case AnswerCase.RequestBody when _request != ExtProcPhase.Headers && _requestStage is { Count: > 0 } stage
                && !IsStreamed(answer.RequestBody):
                Received(answer);
                OnStreamedBody(true, stage, answer.RequestBody.Response);
                ReleaseHeld(true);
                return true;
            case AnswerCase.ResponseBody when _response != ExtProcPhase.Headers && _responseStage
                is { Count: > 0 } stage && !IsStreamed(answer.ResponseBody):
                Received(answer);
                OnStreamedBody(false, stage, answer.ResponseBody.Response);
                ReleaseHeld(false);
                return true;
            case AnswerCase.RequestBody when _request != ExtProcPhase.Headers
                && _requestDuplex is { IsOpen: true } stage && !IsOutOfStep(stage, answer.RequestBody):
                Received(answer);
                OnDuplexBody(true, stage, answer.RequestBody.Response.BodyMutation.StreamedResponse);
                ReleaseHeld(true);
                if (!stage.IsOpen)
                {
                    CloseAfterRequest();
                }
                return true;
            case AnswerCase.ResponseBody when _response != ExtProcPhase.Headers
                && _responseDuplex is { IsOpen: true } stage && !IsOutOfStep(stage, answer.ResponseBody):
                Received(answer);
                OnDuplexBody(false, stage, answer.ResponseBody.Response.BodyMutation.StreamedResponse);
                ReleaseHeld(false);
                return true;
            default:
                return false;
        }
    }

    private bool TryHandleTrailers(ProcessingResponse answer)
    {
        switch (answer.ResponseCase)
        {
            case AnswerCase.RequestTrailers when _requestTrailersSent
                && _request is ExtProcPhase.Trailers or ExtProcPhase.Idle:
                Received(answer);
                _request = ExtProcPhase.Idle;
                _requestTrailersSent = false;
                if (Mutate(true, ExtProcPhase.Trailers, answer.RequestTrailers.HeaderMutation, stream.RequestTrailers))
                {
                    _requestStage?.ReleaseTrailers();
                    if (_requestDuplex is { } duplex)
                    {
                        duplex.ReleaseTrailers();
                        CloseAfterRequest();
                    }
                    _requestTrailers?.Release();
                    ReleaseHeld(true);
                }
                return true;
            case AnswerCase.ResponseTrailers when _responseTrailersSent
                && _response is ExtProcPhase.Trailers or ExtProcPhase.Idle:
                Received(answer);
                _response = ExtProcPhase.Idle;
                _responseTrailersSent = false;
                if (Mutate(
                    false, ExtProcPhase.Trailers, answer.ResponseTrailers.HeaderMutation, stream.ResponseTrailers))
                {
                    _responseStage?.ReleaseTrailers();
                    _responseDuplex?.ReleaseTrailers();
                    _responseTrailers?.Release();
                    ReleaseHeld(false);
                }
                return true;
            default:
                return false;
        }
    }

    private void Received(ProcessingResponse answer)
    {
        stats.Count(Worker, ExtProcStat.StreamMsgsReceived);
        NoteAnswer(answer.ResponseCase);
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

    private void NoteAnswer(AnswerCase part)
    {
        var now = stream.Worker.NowNanos;
        switch (part)
        {
            case AnswerCase.RequestHeaders:
                _talk.Finish(true, ExtProcPhase.Headers, _requestDuplex is { HasSent: true }, now);
                break;
            case AnswerCase.ResponseHeaders:
                _talk.Finish(false, ExtProcPhase.Headers, _responseDuplex is { HasSent: true }, now);
                break;
            case AnswerCase.RequestBody:
                _talk.Finish(true, ExtProcPhase.BufferedBody, _requestStage is { Count: > 1 }, now);
                break;
            case AnswerCase.ResponseBody:
                _talk.Finish(false, ExtProcPhase.BufferedBody, _responseStage is { Count: > 1 }, now);
                break;
            case AnswerCase.RequestTrailers or AnswerCase.ResponseTrailers:
                _talk.Finish(part == AnswerCase.RequestTrailers, ExtProcPhase.Trailers, false, now);
                break;
            default:
                _talk.FinishAll(0, now);
                break;
        }
    }

    private void OverrideModes(ModeProto? wanted)
    {
        if (wanted is null || !config.AllowModeOverride || config.SendsBodyEarly
            || _modes.RequestBody == BodyMode.FullDuplexStreamed || _modes.ResponseBody == BodyMode.FullDuplexStreamed
            || (config.AllowedOverrides.Length > 0 && !config.AllowedOverrides.Any(allowed => IsSame(allowed, wanted))))
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

    /// <summary>The same but for the request's headers, which are past.</summary>
    private static bool IsSame(ModeProto left, ModeProto right) =>
        left.RequestBodyMode == right.RequestBodyMode && left.ResponseBodyMode == right.ResponseBodyMode
        && left.ResponseHeaderMode == right.ResponseHeaderMode && left.RequestTrailerMode == right.RequestTrailerMode
        && left.ResponseTrailerMode == right.ResponseTrailerMode;

    private static bool Pick(ModeProto.Types.HeaderSendMode mode, bool present) => mode switch
    {
        ModeProto.Types.HeaderSendMode.Send => true,
        ModeProto.Types.HeaderSendMode.Skip => false,
        _ => present,
    };
}
