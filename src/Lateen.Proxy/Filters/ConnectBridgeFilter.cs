using System.Buffers.Text;
using System.Text;
using Lateen.Http;
using Lateen.Proxy.GrpcFilters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Filters;

/// <summary>
/// The HTTP filter <c>connect_grpc_bridge</c>: clients of the Connect protocol call gRPC services, with one message in
/// a body or in the query, or with streams. Source: <c>connect_grpc_bridge.v3.FilterConfig</c>.
/// </summary>
internal sealed class ConnectBridgeFilter : HttpFilter
{
    private const int FrameHeaderBytes = GrpcFrameStripper.FrameHeaderBytes;
    private const byte CompressedFlag = 1;
    private static readonly HeaderName Version = HeaderName.Create("connect-protocol-version");
    private static readonly HeaderName Timeout = HeaderName.Create("connect-timeout-ms");
    private static readonly HeaderName ConnectEncoding = HeaderName.Create("connect-content-encoding");
    private static readonly HeaderName ConnectAccept = HeaderName.Create("connect-accept-encoding");
    private static readonly HeaderName PlainEncoding = HeaderName.Create("content-encoding");
    private static readonly HeaderName PlainAccept = HeaderName.Create("accept-encoding");
    private static readonly HeaderName GrpcTimeout = HeaderName.Create("grpc-timeout");
    private static readonly HeaderName GrpcEncoding = HeaderName.Create("grpc-encoding");
    private static readonly HeaderName GrpcAccept = HeaderName.Create("grpc-accept-encoding");
    private static readonly HeaderName Trailer = HeaderName.Create("trailer");
    private static readonly byte[] ResponseTooLarge = "connect_bridge_unary_response_too_large"u8.ToArray();

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        var request = stream.Request;
        var type = request.Get(HeaderId.ContentType);
        if (type.StartsWith("application/connect+"u8))
        {
            BeginStream(stream, request);
            return HttpFilterResult.Continue;
        }
        if (request.Contains(Version) && type.StartsWith("application/"u8))
        {
            return BeginUnary(stream, request);
        }
        return ConnectQuery.Parse(request.Get(HeaderId.Path)) is { } query
            ? BeginGet(stream, request, query) : HttpFilterResult.Continue;
    }

    public override HttpFilterStatus OnResponse(HttpStream stream, bool endStream)
    {
        var response = stream.Response;
        if (stream.GetState(this) is not Call call || !IsGrpc(stream, response, endStream))
        {
            return HttpFilterStatus.Continue;
        }
        response.Remove(HeaderId.ContentLength);
        if (call.IsStream)
        {
            ConvertStream(stream, response, endStream);
            return HttpFilterStatus.Continue;
        }
        SetType(response, "application/"u8);
        Rename(response, GrpcEncoding, PlainEncoding);
        if (!endStream)
        {
            return HttpFilterStatus.AwaitBody;
        }
        Fail(stream, response);
        RemoveGrpc(response);
        return HttpFilterStatus.Continue;
    }

    /// <summary>A response of one message loses its frame, or gives its place to the error that follows.</summary>
    public override HttpFilterStatus OnResponseBody(HttpStream stream, bool isComplete)
    {
        var (held, trailers) = (stream.ResponsePath.Held, stream.ResponseTrailers);
        if (!isComplete)
        {
            stream.SendLocalReply(
                500, "Response discarded because the filter's internal buffer size exceeds the configured limit."u8,
                ResponseFlags.None, ResponseTooLarge);
            return HttpFilterStatus.Wait;
        }
        if (!held.IsEmpty && (held.First[0] & CompressedFlag) == 0)
        {
            stream.Response.Remove(PlainEncoding);
        }
        held.Consume(Math.Min(FrameHeaderBytes, held.Length));
        if (stream.ResponsePath.End == BodyEnd.Trailers)
        {
            for (var i = 0; i < trailers.Count; i++)
            {
                var name = trailers.GetName(i);
                if (!name.StartsWith("grpc-"u8))
                {
                    stream.Response.Add([.. "trailer-"u8, .. name], trailers.GetValue(i));
                }
            }
            Fail(stream, trailers);
            trailers.Clear();
            stream.ResponsePath.End = BodyEnd.Data;
        }
        return HttpFilterStatus.Continue;
    }

    private void BeginStream(HttpStream stream, HeaderMap request)
    {
        Begin(stream, true);
        byte[] type = [.. "application/grpc+"u8, .. request.Get(HeaderId.ContentType)["application/connect+".Length..]];
        request.Set(HeaderId.ContentType, type);
        ConvertTimeout(request);
        request.Remove(Version);
        request.Set(HeaderId.TE, "trailers"u8);
        Rename(request, ConnectEncoding, GrpcEncoding);
        Rename(request, ConnectAccept, GrpcAccept);
        request.Remove(HeaderId.ContentLength);
    }

    private HttpFilterResult BeginUnary(HttpStream stream, HeaderMap request)
    {
        Begin(stream, false);
        byte[] type = [.. "application/grpc+"u8, .. request.Get(HeaderId.ContentType)["application/".Length..]];
        request.Set(HeaderId.ContentType, type);
        ConvertTimeout(request);
        request.Remove(Version);
        request.Set(HeaderId.TE, "trailers"u8);
        Rename(request, PlainEncoding, GrpcEncoding);
        Rename(request, PlainAccept, GrpcAccept);
        var isPlain = !request.TryGet(GrpcEncoding, out var encoding) || encoding.SequenceEqual("identity"u8);
        request.Remove(HeaderId.ContentLength);
        return FrameBody(stream, isPlain ? (byte)0 : CompressedFlag, []);
    }

    private HttpFilterResult BeginGet(HttpStream stream, HeaderMap request, ConnectQuery query)
    {
        Begin(stream, false);
        var path = request.Get(HeaderId.Path);
        byte[] type = [.. "application/grpc+"u8, .. query.Encoding];
        var compression = query.Compression;
        if (!HeaderText.IsValue(type) || !HeaderText.IsValue(compression))
        {
            // Escapes of the query could end the header, and begin another.
            return RefuseValue(stream, HeaderText.IsValue(type) ? "grpc-encoding" : "content-type");
        }
        request.Set(HeaderId.Method, "POST"u8);
        request.Set(HeaderId.Path, path[..path.IndexOf((byte)'?')].ToArray());
        request.Set(HeaderId.ContentType, type);
        ConvertTimeout(request);
        request.Set(HeaderId.TE, "trailers"u8);
        request.Add(GrpcEncoding, compression);
        Rename(request, PlainAccept, GrpcAccept);
        request.Remove(HeaderId.ContentLength);
        var isPlain = compression.AsSpan().SequenceEqual("identity"u8);
        return FrameBody(stream, isPlain ? (byte)0 : CompressedFlag, query.Message);
    }

    private void Begin(HttpStream stream, bool isStream)
    {
        stream.SetState(this, new Call(isStream));

        // Answers of the proxy are told as to any client of HTTP.
        stream.IsTranscoded = true;
    }

    private static HttpFilterResult FrameBody(HttpStream stream, byte flags, byte[] prefix)
    {
        if (prefix.Length > HttpStream.HeldResponseBytesMax)
        {
            ConnectRequestStage.Refuse(stream);
            return HttpFilterResult.Wait;
        }
        if (stream.HasBody)
        {
            stream.AddRequestStage(new ConnectRequestStage(stream.Worker.Loop.Buffers, flags, prefix));
        }
        else
        {
            stream.ReplaceRequestBody(ConnectRequestStage.Frame(flags, prefix));
        }
        return HttpFilterResult.Continue;
    }

    private static HttpFilterResult RefuseValue(HttpStream stream, string name)
    {
        stream.Info.ResponseFlags |= ResponseFlags.DownstreamProtocolError;
        stream.Info.ResponseCodeDetails = Encoding.ASCII.GetBytes(
            $"filter_removed_required_request_headers{{invalid_header_value_for:_{name}}}");
        return new HttpFilterResult(
            HttpFilterStatus.LocalReply, 503, Encoding.ASCII.GetBytes($"invalid header value for: {name}"));
    }

    private static void ConvertStream(HttpStream stream, HeaderMap response, bool endStream)
    {
        SetType(response, "application/connect+"u8);
        Rename(response, GrpcEncoding, ConnectEncoding);
        Rename(response, GrpcAccept, ConnectAccept);
        response.Remove(Version);
        if (!endStream)
        {
            stream.AddResponseStage(new ConnectResponseStage());
            return;
        }
        var end = ConnectStatus.EndOfStream(ConnectStatus.Read(response), null);
        RemoveGrpc(response);
        stream.ReplaceResponseBody(ConnectRequestStage.Frame(ConnectResponseStage.EndOfStream, end));
    }

    /// <summary>A call of one message that failed: the status becomes one of HTTP, the body says what it was.</summary>
    private static void Fail(HttpStream stream, HeaderMap trailers)
    {
        var response = stream.Response;
        response.Remove(Trailer);
        if (ConnectStatus.Read(trailers) is not { Code: not 0 } status)
        {
            return;
        }
        response.Set(HeaderId.Status, Encoding.ASCII.GetBytes($"{status.HttpStatus}"));
        response.Set(HeaderId.ContentType, "application/json"u8);
        response.Remove(PlainEncoding);
        stream.ReplaceResponseBody(status.ToJson());
    }

    private static bool IsGrpc(HttpStream stream, HeaderMap response, bool endStream) => endStream
        ? response.Contains(HeaderId.GrpcStatus)
        : stream.Info.ResponseCode == 200 && RouteMatcher.IsGrpc(response);

    /// <summary>What comes after <c>application/grpc+</c> stays; without it messages are protobuf.</summary>
    private static void SetType(HeaderMap response, ReadOnlySpan<byte> prefix)
    {
        var type = response.Get(HeaderId.ContentType);
        var kind = type.StartsWith("application/grpc+"u8) ? type["application/grpc+".Length..] : "proto"u8;
        byte[] converted = [.. prefix, .. kind];
        response.Set(HeaderId.ContentType, converted);
    }

    private static void RemoveGrpc(HeaderMap response)
    {
        for (var i = response.Count - 1; i >= 0; i--)
        {
            if (response.GetName(i).StartsWith("grpc-"u8))
            {
                response.RemoveAt(i);
            }
        }
    }

    private static void Rename(HeaderMap headers, HeaderName from, HeaderName to)
    {
        for (var i = headers.IndexOf(from); i >= 0; i = headers.IndexOf(from))
        {
            var value = headers.GetValue(i).ToArray();
            headers.RemoveAt(i);
            Join(headers, to, value);
        }
    }

    private static void Join(HeaderMap headers, HeaderName name, byte[] value)
    {
        if (headers.IndexOf(name) is >= 0 and var index)
        {
            headers.AppendValue(index, value, ","u8);
        }
        else
        {
            headers.Add(name, value);
        }
    }

    /// <summary>Milliseconds, in the unit in which eight digits are enough; the last header counts.</summary>
    private static void ConvertTimeout(HeaderMap request)
    {
        ReadOnlySpan<byte> text = default;
        for (var i = request.IndexOf(Timeout); i >= 0; i = request.IndexOf(Timeout, i + 1))
        {
            text = request.GetValue(i);
        }
        text = text.Trim(" \t"u8);
        text = text.StartsWith("+"u8) ? text[1..] : text;
        if (Utf8Parser.TryParse(text, out ulong millis, out var used) && used == text.Length
            && GrpcTime(millis) is { } timeout)
        {
            Join(request, GrpcTimeout, Encoding.ASCII.GetBytes(timeout));
            request.Remove(Timeout);
        }
    }

    /// <summary>Null: more hours than can be written. Source: gRPC over HTTP/2, "Timeout".</summary>
    private static string? GrpcTime(ulong millis)
    {
        const ulong ValueMax = 99_999_999;
        return millis switch
        {
            <= ValueMax => $"{millis}m",
            _ when millis / 1000 <= ValueMax => $"{millis / 1000}S",
            _ when millis / 60_000 <= ValueMax => $"{millis / 60_000}M",
            _ when millis / 3_600_000 <= ValueMax => $"{millis / 3_600_000}H",
            _ => null,
        };
    }

    /// <param name="IsStream">The request is of the streaming kind.</param>
    private sealed record Call(bool IsStream);
}
