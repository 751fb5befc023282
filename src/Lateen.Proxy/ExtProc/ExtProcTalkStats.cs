using System.Globalization;
using System.Text;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.ExtProc;

/// <summary>
/// How the talk with the service went, for access logs: <c>%FILTER_STATE(NAME:PLAIN)%</c>, <c>TYPED</c> or
/// <c>FIELD:request_header_latency_us</c>. Times are in microseconds, statuses those of gRPC. One worker's.
/// </summary>
internal sealed class ExtProcTalkStats : IFilterStateObject
{
    private Direction _request;
    private Direction _response;

    /// <summary>The talk by gRPC, whose bytes are told; null: there is none, or none any more.</summary>
    public GrpcStream? Call { get; set; }

    /// <summary>Bytes of the last call by HTTP, both ways.</summary>
    public (long Sent, long Received) HttpBytes { get; set; }

    /// <summary>The service's cluster, once it has been asked.</summary>
    public string Destination { get; set; } = "";

    /// <summary>A failure let the message pass.</summary>
    public bool HasFailedOpen { get; set; }

    /// <summary>The service wanted to answer itself.</summary>
    public bool HasImmediateResponse { get; set; }

    /// <summary>Status of a talk that never began; zero: it did.</summary>
    public int StatusBeforeFirstCall { get; set; }

    private (long Sent, long Received) Bytes => Call?.WireBytes ?? HttpBytes;

    /// <summary>A message about this part has gone out.</summary>
    public void Start(bool isRequest, ExtProcPhase part, long nowNanos)
    {
        ref var direction = ref Of(isRequest);
        (direction.IsWaiting, direction.Part, direction.StartNanos) = (true, part, nowNanos);
    }

    /// <summary>The answer about this part has come. The next, if one is waited for, is measured from here.</summary>
    public void Finish(bool isRequest, ExtProcPhase part, bool isMoreAsked, long nowNanos)
    {
        ref var direction = ref Of(isRequest);
        direction.Finish(part, 0, nowNanos);
        (direction.IsWaiting, direction.StartNanos) = (isMoreAsked, nowNanos);
    }

    /// <summary>Nothing is waited for any more.</summary>
    public void FinishAll(int status, long nowNanos)
    {
        _request.Finish(_request.Part, status, nowNanos);
        _response.Finish(_response.Part, status, nowNanos);
        _request.IsWaiting = _response.IsWaiting = false;
    }

    /// <summary>The answer that has come is of no use.</summary>
    public void Refuse(bool isRequest, ExtProcPhase part, int status) => Of(isRequest).SetStatus(part, status);

    /// <summary>What became of the changes to one part.</summary>
    public void Note(bool isRequest, ExtProcPhase part, ExtProcEffect effect)
    {
        if (effect != ExtProcEffect.None)
        {
            Of(isRequest).SetEffect(part, effect);
        }
    }

    public string ToText()
    {
        var text = new StringBuilder();
        _request.Write(text, 'r');
        _response.Write(text, 's');
        var (sent, received) = Bytes;
        text.Append(CultureInfo.InvariantCulture, $"bs:{sent},br:{received},os:{StatusBeforeFirstCall},");
        return text.Append("ds:").Append(Destination).ToString();
    }

    public string ToJson()
    {
        var text = new StringBuilder("{");
        foreach (var name in ExtProcTalkFields.All)
        {
            if (GetField(name) is not double number)
            {
                continue;
            }

            text.Append('"').Append(name).Append("\":");
            _ = name is ExtProcTalkFields.FailedOpen or ExtProcTalkFields.ImmediateResponse
                ? text.Append(number == 0 ? "false," : "true,")
                : text.Append(CultureInfo.InvariantCulture, $"{number},");
        }

        var destination = System.Text.Json.JsonEncodedText.Encode(Destination).ToString();
        return text.Append("\"destination\":\"").Append(destination).Append("\"}").ToString();
    }

    public object? GetField(string name) => name switch
    {
        ExtProcTalkFields.BytesSent => (double)Bytes.Sent,
        ExtProcTalkFields.BytesReceived => (double)Bytes.Received,
        ExtProcTalkFields.FailedOpen => HasFailedOpen ? 1.0 : 0.0,
        ExtProcTalkFields.ImmediateResponse => HasImmediateResponse ? 1.0 : 0.0,
        ExtProcTalkFields.StatusBeforeFirstCall => (double)StatusBeforeFirstCall,
        ExtProcTalkFields.Destination => Destination,
        _ when name.StartsWith("request_", StringComparison.Ordinal) => _request.Get(name["request_".Length..]),
        _ when name.StartsWith("response_", StringComparison.Ordinal) => _response.Get(name["response_".Length..]),
        _ => null,
    };

    private ref Direction Of(bool isRequest) => ref isRequest ? ref _request : ref _response;

    /// <summary>Answers about one direction. Of headers and trailers the first one counts.</summary>
    private struct Direction
    {
        public bool IsWaiting;
        public ExtProcPhase Part;
        public long StartNanos;
        private (bool Is, long Micros, int Status) _headers;
        private (bool Is, long Micros, int Status) _trailers;
        private (int Count, long TotalMicros, long MaxMicros, int Status) _body;
        private (ExtProcEffect Headers, ExtProcEffect Body, ExtProcEffect Trailers) _effects;

        public void Finish(ExtProcPhase part, int status, long nowNanos)
        {
            if (!IsWaiting)
            {
                return;
            }

            var micros = (nowNanos - StartNanos) / 1000;
            switch (part)
            {
                case ExtProcPhase.Headers when !_headers.Is:
                    _headers = (true, micros, status);
                    break;
                case ExtProcPhase.Trailers when !_trailers.Is:
                    _trailers = (true, micros, status);
                    break;
                case ExtProcPhase.BufferedBody:
                    _body = (_body.Count + 1, _body.TotalMicros + micros, Math.Max(_body.MaxMicros, micros), status);
                    break;
                default:
                    break;
            }
        }

        public void SetStatus(ExtProcPhase part, int status)
        {
            switch (part)
            {
                case ExtProcPhase.Headers:
                    _headers.Status = status;
                    break;
                case ExtProcPhase.Trailers:
                    _trailers.Status = status;
                    break;
                default:
                    _body.Status = status;
                    break;
            }
        }

        public void SetEffect(ExtProcPhase part, ExtProcEffect effect)
        {
            switch (part)
            {
                case ExtProcPhase.Headers:
                    _effects.Headers = effect;
                    break;
                case ExtProcPhase.Trailers:
                    _effects.Trailers = effect;
                    break;
                default:
                    _effects.Body = effect;
                    break;
            }
        }

        public readonly void Write(StringBuilder text, char letter)
        {
            var culture = CultureInfo.InvariantCulture;
            if (_headers.Is)
            {
                text.Append(culture, $"{letter}h:{_headers.Micros}:{_headers.Status},");
            }

            if (_body.Count > 0)
            {
                text.Append(culture, $"{letter}b:{_body.Count}:{_body.TotalMicros}:{_body.Status},");
            }

            if (_trailers.Is)
            {
                text.Append(culture, $"{letter}t:{_trailers.Micros}:{_trailers.Status},");
            }
        }

        public readonly object? Get(string name) => name switch
        {
            "header_latency_us" when _headers.Is => (double)_headers.Micros,
            "header_call_status" when _headers.Is => (double)_headers.Status,
            "body_call_count" when _body.Count > 0 => (double)_body.Count,
            "body_total_latency_us" when _body.Count > 0 => (double)_body.TotalMicros,
            "body_max_latency_us" when _body.Count > 0 => (double)_body.MaxMicros,
            "body_last_call_status" when _body.Count > 0 => (double)_body.Status,
            "trailer_latency_us" when _trailers.Is => (double)_trailers.Micros,
            "trailer_call_status" when _trailers.Is => (double)_trailers.Status,
            "header_processing_effect" => (double)_effects.Headers,
            "body_processing_effect" => (double)_effects.Body,
            "trailer_processing_effect" => (double)_effects.Trailers,
            _ => null,
        };
    }
}
