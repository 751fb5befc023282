using System.Buffers.Text;
using System.Text;
using Google.Protobuf;
using Lateen.Core.Protobuf;
using Lateen.Http;
using Lateen.Proxy.Filters;
using Lateen.Proxy.GrpcFilters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;
using RpcStatus = Google.Rpc.Status;

namespace Lateen.Proxy.Transcoding;

/// <summary>One call on its way back: the response's messages become JSON, its gRPC status an HTTP status.</summary>
internal sealed class TranscodedCall(
    HttpStream stream, TranscoderConfig config, TranscodedMethod method, TranscoderStats stats)
{
    private const int CodeMax = 16;
    private static readonly byte[] Json = "application/json"u8.ToArray();
    private static readonly byte[] Events = "text/event-stream"u8.ToArray();
    private static readonly HeaderName Trailer = HeaderName.Create("trailer");
    private static readonly HeaderName Details = HeaderName.Create("grpc-status-details-bin");

    private static readonly int[] HttpStatuses =
        [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401];

    private bool _hasType;

    private byte[] StreamType => config.Streams == TranscoderConfig.StreamStyle.Events ? Events : Json;

    public HttpFilterStatus OnResponse(bool endStream)
    {
        var response = stream.Response;
        if (stream.Info.ResponseCode != 200 || !RouteMatcher.IsGrpc(response))
        {
            return HttpFilterStatus.Continue;
        }
        if (endStream)
        {
            return OnTrailersOnly();
        }
        response.Remove(HeaderId.ContentLength);
        if (method.StreamsOut)
        {
            if (!method.GivesBytes)
            {
                response.Set(HeaderId.ContentType, StreamType);
            }
            stream.AddResponseStage(new TranscodedResponseStage(this, method.GivesBytes));
            return method.GivesBytes ? HttpFilterStatus.Wait : HttpFilterStatus.Continue;
        }
        return HttpFilterStatus.AwaitBody;
    }

    public HttpFilterStatus OnResponseBody(bool isComplete)
    {
        var held = stream.ResponsePath.Held;
        var bytes = new byte[held.Length];
        held.CopyTo(bytes);
        ReadOnlySpan<byte> rest = bytes;
        var messages = new List<byte[]>();
        if (!GrpcFrames.TryTake(ref rest, messages) || !rest.IsEmpty)
        {
            return Refuse(502, GrpcFrames.Describe(rest), "INTERNAL");
        }
        if (!isComplete)
        {
            return RefuseLength();
        }
        var code = Code(stream.ResponseTrailers);
        if (messages.Count == 0)
        {
            return TryConvertStatus(stream.ResponseTrailers, code) ? HttpFilterStatus.Continue : Finish([], code);
        }
        if (Convert(messages[0], out var error) is not { } body)
        {
            return Refuse(502, error, "INTERNAL");
        }
        return body.Length > config.ResponseBytesMax ? RefuseLength() : Finish(body, code);
    }

    /// <summary>What a message of the response becomes; null when it is none.</summary>
    public byte[]? Convert(byte[] message, out string error)
    {
        error = "";
        try
        {
            if (method.GivesBytes)
            {
                var body = method.Response is null ? message : method.Response.Read(message) ?? [];
                if (!_hasType)
                {
                    // Later messages of a stream have no say.
                    _hasType = true;
                    stream.Response.Set(HeaderId.ContentType, HttpBodies.ContentType(body));
                }
                return HttpBodies.Data(body);
            }
            var json = JsonPrinter.Print(
                new MessageWriter(config.Printing).ToNode(method.Output, message), config.Indented);
            stats.AddResponse(stream.Worker.Index, json.Length);
            return json;
        }
        catch (Exception e) when (e is FormatException or InvalidProtocolBufferException)
        {
            // The service says something else than its method promises.
            error = method.GivesBytes ? "Failed to parse the message"
                : e is MalformedMessageException or InvalidProtocolBufferException ? "unexpected EOF" : e.Message;
            return null;
        }
    }

    /// <summary>What stands before a message of a stream.</summary>
    public byte[] Prefix(bool isFirst) => config.Streams switch
    {
        TranscoderConfig.StreamStyle.Array => isFirst ? [(byte)'['] : [(byte)','],
        TranscoderConfig.StreamStyle.Events => [.. "data: "u8],
        _ => [],
    };

    public byte[] Suffix() => config.Streams switch
    {
        TranscoderConfig.StreamStyle.Lines => [(byte)'\n'],
        TranscoderConfig.StreamStyle.Events => [.. "\n\n"u8],
        _ => [],
    };

    /// <summary>What ends a stream.</summary>
    public byte[] End(bool isEmpty)
    {
        if (config.Streams != TranscoderConfig.StreamStyle.Array)
        {
            return [];
        }
        byte[] end = isEmpty ? [.. "[]"u8] : [(byte)']'];
        stats.AddResponse(stream.Worker.Index, end.Length);
        return end;
    }

    public void NoteBytes(int count) => stats.AddResponse(stream.Worker.Index, count);

    /// <summary>A stream without messages is JSON, whatever its messages would be.</summary>
    public void NoteMessages(bool hasAny)
    {
        if (!hasAny && !_hasType)
        {
            stream.Response.Set(HeaderId.ContentType, Json);
        }
    }

    /// <summary>
    /// What a stream without messages says where its status is told as JSON; null: nothing. With headers that are held
    /// back the status becomes theirs, too.
    /// </summary>
    public byte[]? TryEnd(bool holdsHeaders)
    {
        var code = Code(stream.ResponseTrailers);
        if (StatusBody(stream.ResponseTrailers, code) is not { } body)
        {
            return null;
        }
        if (holdsHeaders)
        {
            SetStatus(code);
            _hasType = true;
            RemoveTrailerHeader();
            stream.Response.Set(HeaderId.ContentType, Json);
            stream.Response.Set(HeaderId.ContentLength, Encoding.ASCII.GetBytes($"{body.Length}"));
        }
        stream.ResponseTrailers.Clear();
        return body;
    }

    private HttpFilterStatus OnTrailersOnly()
    {
        var code = Code(stream.Response);
        if (TryConvertStatus(stream.Response, code))
        {
            return HttpFilterStatus.Continue;
        }
        if (method.StreamsOut)
        {
            stream.Response.Set(HeaderId.ContentType, method.GivesBytes ? Json : StreamType);
            if (!method.GivesBytes && config.Streams == TranscoderConfig.StreamStyle.Array)
            {
                SetStatus(code);
                stream.Response.Remove(HeaderId.ContentLength);
                stream.ReplaceResponseBody(End(true));
                return HttpFilterStatus.Continue;
            }
        }
        SetStatus(code);
        stream.Response.Set(HeaderId.ContentLength, "0"u8);
        return HttpFilterStatus.Continue;
    }

    private HttpFilterStatus Finish(byte[] body, int code)
    {
        var (response, trailers) = (stream.Response, stream.ResponseTrailers);
        if (!_hasType)
        {
            response.Set(HeaderId.ContentType, Json);
        }
        if (stream.ResponsePath.End == BodyEnd.Trailers)
        {
            SetStatus(code);
            CopyStatus(trailers, HeaderId.GrpcStatus);
            CopyStatus(trailers, HeaderId.GrpcMessage);
        }
        RemoveTrailerHeader();
        stream.ReplaceResponseBody(body);
        response.Set(HeaderId.ContentLength, Encoding.ASCII.GetBytes($"{body.Length}"));
        return HttpFilterStatus.Continue;
    }

    private void CopyStatus(HeaderMap trailers, HeaderId id)
    {
        if (trailers.TryGet(id, out var value))
        {
            stream.Response.Set(id, value);
        }
    }

    private void RemoveTrailerHeader()
    {
        if (stream.Info.Protocol != HttpProtocol.Http2)
        {
            stream.Response.Remove(Trailer);
        }
    }

    private void SetStatus(int code)
    {
        var status = code < 0 ? 503 : code <= CodeMax ? HttpStatuses[code] : 500;
        stream.Response.Set(HeaderId.Status, Encoding.ASCII.GetBytes($"{status}"));
    }

    /// <summary>A status without a message becomes the JSON of a <c>google.rpc.Status</c>.</summary>
    private bool TryConvertStatus(HeaderMap trailers, int code)
    {
        if (StatusBody(trailers, code) is not { } body)
        {
            return false;
        }
        SetStatus(code);
        var response = stream.Response;
        response.Remove(HeaderId.GrpcStatus);
        response.Remove(HeaderId.GrpcMessage);
        response.Remove(Details);
        RemoveTrailerHeader();
        response.Set(HeaderId.ContentType, Json);
        response.Set(HeaderId.ContentLength, Encoding.ASCII.GetBytes($"{body.Length}"));
        stream.ResponseTrailers.Clear();
        stream.ReplaceResponseBody(body);
        stream.ResponsePath.End = BodyEnd.Data;
        return true;
    }

    private byte[]? StatusBody(HeaderMap trailers, int code)
    {
        if (!config.ConvertsStatus || code <= 0)
        {
            return null;
        }
        var status = GrpcStatusDetails.Read(trailers) ?? new RpcStatus
        {
            Code = code,
            Message = PathSegments.Decode(
                Encoding.UTF8.GetString(trailers.Get(HeaderId.GrpcMessage)), PathSegments.Unescape.All),
        };
        var tree = new MessageWriter(config.Printing).ToNode(ApiSchema.Of(status), status.ToByteArray());
        return JsonPrinter.Print(tree, config.Indented);
    }

    private static int Code(HeaderMap trailers) =>
        trailers.TryGet(HeaderId.GrpcStatus, out var text)
        && Utf8Parser.TryParse(text, out int code, out var used) && used == text.Length ? code : -1;

    private HttpFilterStatus RefuseLength() => Refuse(
        500, "Response not transcoded because the transcoder's internal buffer size exceeds the configured limit.",
        "response_buffer_size_limit_reached");

    private HttpFilterStatus Refuse(int status, string text, string reason)
    {
        stream.SendLocalReply(
            status, Encoding.UTF8.GetBytes(text), ResponseFlags.None,
            Encoding.ASCII.GetBytes($"grpc_json_transcode_failure{{{reason}}}"));
        return HttpFilterStatus.Wait;
    }
}
