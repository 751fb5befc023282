using System.Globalization;
using Lateen.Http;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Http;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <content>Responses made by the proxy itself.</content>
internal sealed partial class HttpStream
{
    private long _localReplies;

    /// <summary>
    /// Answers with a status and a text. A response that has begun is cut off instead. gRPC requests get their status
    /// in headers (RFC of gRPC over HTTP/2: "Trailers-Only").
    /// </summary>
    internal void SendLocalReply(
        int code, ReadOnlySpan<byte> body, ResponseFlags flags, byte[] details, int grpcStatus = -1,
            bool overloaded = false, bool isPlain = false)
    {
        if (_codec is null || _responseComplete)
        {
            return;
        }

        Info.ResponseFlags |= flags;
        Info.ResponseCodeDetails = details;
        Router.Abort();
        if (ResponseStarted)
        {
            Reset();
            return;
        }

        if (code == 400 && Codec.Protocol != HttpProtocol.Http2 && !OutlivesBadMessage)
        {
            // The message may have been cut off somewhere else than its sender thinks.
            Codec.CloseAfterResponse();
        }

        if (_encoding)
        {
            _localBody.Clear();
            ResponsePath.Clear();
            ResponseTrailers.Clear();
        }

        Response.Clear();
        var seen = Info.ResponseCode;
        SetStatus(code);
        if (Info.Route is { Action: not null } route)
        {
            // The route's header values are worked out before the answer has its code, as in Envoy.
            Info.ResponseCode = seen;
            route.FinalizeResponseHeaders(Info, Response);
            Info.ResponseCode = code;
        }

        for (var i = 0; i < LocalReplyHeaders.Count; i++)
        {
            Response.Add(LocalReplyHeaders.GetName(i), LocalReplyHeaders.GetValue(i));
        }

        if (overloaded)
        {
            Response.Add(HeaderId.XEnvoyOverloaded, "true"u8);
        }

        FinishLocalReply(code, body, "text/plain"u8, grpcStatus, isPlain);
    }

    /// <summary>The request became one of gRPC here: answers of the proxy stay plain, and become gRPC-Web's.</summary>
    internal bool IsGrpcWeb { get; set; }

    /// <summary>The request was one of gRPC, though its type is another now: so are the answers of the proxy.</summary>
    internal bool StaysGrpc { get; set; }

    /// <summary>A request that is wrong as a message costs the stream only, not its connection.</summary>
    internal bool OutlivesBadMessage => Codec.Protocol == HttpProtocol.Http2
        ? Config.StreamErrorOnInvalidHttpMessage
        : Config.Http1.StreamErrorOnInvalidHttpMessage ?? Config.StreamErrorOnInvalidHttpMessage;

    /// <summary>Answers with what the route says: body and location are in place already.</summary>
    internal void SendDirectResponse(int code, ReadOnlySpan<byte> body, ReadOnlySpan<byte> contentType, byte[] details)
    {
        Info.ResponseCodeDetails = details;
        // Header values are worked out before the response has a code.
        Info.Route?.FinalizeResponseHeaders(Info, Response);
        SetStatus(code);
        FinishLocalReply(code, body, contentType, -1);
    }

    private void SetStatus(int code)
    {
        Span<byte> text = stackalloc byte[11];
        code.TryFormat(text, out var written, default, CultureInfo.InvariantCulture);
        Response.Set(HeaderId.Status, text[..written]);
        Info.ResponseCode = code;
        Info.ResponseHeaders = Response;
    }

    private void FinishLocalReply(int code, ReadOnlySpan<byte> body, ReadOnlySpan<byte> contentType, int grpcStatus,
        bool isPlain = false)
    {
        var isGrpc = !isPlain && !IsTranscoded && !IsGrpcWeb
            && (StaysGrpc || RouteMatcher.IsGrpc(Request));
        if (Config.LocalReplyMappers.Length > 0 || Config.LocalReplyFormat is not null)
        {
            body = Rewrite(ref code, body, ref contentType, isGrpc);
        }

        if (isGrpc)
        {
            SendGrpcReply(code, body, grpcStatus);
            return;
        }

        if (!body.IsEmpty)
        {
            Span<byte> length = stackalloc byte[11];
            body.Length.TryFormat(length, out var written, default, CultureInfo.InvariantCulture);
            Response.Set(HeaderId.ContentLength, length[..written]);
            if (!Response.Contains(HeaderId.ContentType))
            {
                Response.Add(HeaderId.ContentType, contentType);
            }
        }

        if (body.IsEmpty || IsHead)
        {
            EncodeHeaders(true);
            return;
        }

        _localBody.Append(body);
        var reply = ++_localReplies;
        EncodeHeaders(false);
        if (_codec is not null && reply == _localReplies)
        {
            EncodeData(_localBody, _localBody.Length, true);
        }
    }

    private void SendGrpcReply(int code, ReadOnlySpan<byte> body, int grpcStatus)
    {
        SetStatus(200);
        Response.Set(HeaderId.ContentType, "application/grpc"u8);
        Span<byte> text = stackalloc byte[11];
        (grpcStatus >= 0 ? grpcStatus : GrpcStatusOf(code))
            .TryFormat(text, out var written, default, CultureInfo.InvariantCulture);
        Response.Set(HeaderId.GrpcStatus, text[..written]);
        if (!body.IsEmpty)
        {
            Response.Set(HeaderId.GrpcMessage, PercentEncode(body));
        }

        EncodeHeaders(true);
    }

    /// <summary>The first mapper whose filter fits, then the format.</summary>
    private ReadOnlySpan<byte> Rewrite(
        scoped ref int code, ReadOnlySpan<byte> body, scoped ref ReadOnlySpan<byte> contentType, bool isGrpc)
    {
        var format = Config.LocalReplyFormat;
        LocalReplyMapper? matched = null;
        foreach (var mapper in Config.LocalReplyMappers)
        {
            if (mapper.Filter.IsMatch(Info, AccessLogType.NotSet))
            {
                matched = mapper;
                break;
            }
        }

        body = matched?.Body ?? body;
        format = matched?.Format ?? format;
        if (format is not null)
        {
            contentType = System.Text.Encoding.ASCII.GetBytes(format.ContentType);
            Response.Remove(HeaderId.ContentType);
        }

        // The mapper's header values are worked out with the code as it was.
        matched?.Headers.Apply(Response, Info);
        if (matched is { StatusCode: > 0 })
        {
            code = matched.StatusCode;
            SetStatus(code);
        }

        if (format is null)
        {
            return body;
        }

        var buffer = new ByteBuffer();
        format.Format.Write(buffer, Info, new FormatContext(AccessLogType.NotSet, 0, body.ToArray()));
        if (isGrpc && format.Format.IsJson)
        {
            // The line feed behind JSON has no place in grpc-message.
            buffer.Truncate(buffer.Length - 1);
        }

        return buffer.ToArray();
    }

    internal static int GrpcStatusOf(int code) => code switch
    {
        400 => 13,
        401 => 16,
        403 => 7,
        404 => 12,
        429 or 502 or 503 or 504 => 14,
        _ => 2,
    };

    /// <summary>Percent-encoding of grpc-message: all but printable ASCII, and the percent sign.</summary>
    internal static byte[] PercentEncode(ReadOnlySpan<byte> text)
    {
        var encoded = new List<byte>(text.Length + 16);
        foreach (var b in text)
        {
            if (b is >= 0x20 and < 0x7F and not (byte)'%')
            {
                encoded.Add(b);
                continue;
            }

            encoded.Add((byte)'%');
            encoded.Add("0123456789ABCDEF"u8[b >> 4]);
            encoded.Add("0123456789ABCDEF"u8[b & 15]);
        }

        return [.. encoded];
    }
}
