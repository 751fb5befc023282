using System.Text;
using Lateen.Http;
using Lateen.Proxy.GrpcFilters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>grpc_web</c>.</summary>
internal sealed class GrpcWebFilter : HttpFilter
{
    private const string Kind = "grpc-web";
    private const int MessageBytesMax = 16 * 1024;

    private static readonly HeaderName Accept = HeaderName.Create("accept");
    private static readonly HeaderName AcceptEncoding = HeaderName.Create("grpc-accept-encoding");
    private static readonly byte[] BadText = "Bad gRPC-web request, invalid base64 data."u8.ToArray();
    private static readonly byte[] BadSizeDetails = "grpc_base_64_decode_failed_bad_size"u8.ToArray();
    private static readonly byte[] BadDetails = "grpc_base_64_decode_failed"u8.ToArray();

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        var request = stream.Request;
        var type = request.Get(HeaderId.ContentType);
        var isText = IsText(type);
        if (!isText && !type.SequenceEqual("application/grpc-web"u8)
            && !type.SequenceEqual("application/grpc-web+proto"u8))
        {
            return HttpFilterResult.Continue;
        }
        _ = GrpcMethod.TryParse(request.Get(HeaderId.Path), out var method);
        stream.SetState(this, new Call(method, request.TryGet(Accept, out var accept) && IsText(accept)));
        stream.IsGrpcWeb = true;
        request.Remove(HeaderId.ContentLength);
        request.Set(HeaderId.ContentType, "application/grpc"u8);
        request.Set(HeaderId.TE, "trailers"u8);
        if (!request.Contains(AcceptEncoding))
        {
            request.Add(AcceptEncoding, "identity"u8);
        }
        if (isText)
        {
            stream.AddRequestStage(new GrpcWebTextDecoder(static (owner, isBadSize) =>
            {
                owner.Codec.CloseAfterResponse();
                owner.SendLocalReply(
                    400, BadText, Streams.ResponseFlags.None, isBadSize ? BadSizeDetails : BadDetails, isPlain: true);
            }));
        }
        return HttpFilterResult.Continue;
    }

    public override HttpFilterStatus OnResponse(HttpStream stream, bool endStream)
    {
        if (stream.GetState(this) is not Call call)
        {
            return HttpFilterStatus.Continue;
        }
        var response = stream.Response;
        var isGrpc = stream.Info.ResponseCode == 200 && RouteMatcher.IsGrpc(response);
        response.Set(HeaderId.ContentType, call.IsText
            ? "application/grpc-web-text+proto"u8 : "application/grpc-web+proto"u8);
        if (!isGrpc && !response.Contains(HeaderId.GrpcStatus))
        {
            response.Remove(HeaderId.ContentLength);
            return endStream ? Fail(stream) : HttpFilterStatus.AwaitBody;
        }
        if (endStream)
        {
            call.Method.CountStatus(stream, Kind, response);
            return HttpFilterStatus.Continue;
        }
        response.Remove(HeaderId.ContentLength);
        stream.AddResponseStage(new StatusCounter(owner =>
            call.Method.CountStatus(owner, Kind, owner.ResponseTrailers)));
        stream.AddResponseStage(new GrpcWebResponse(call.IsText));
        return HttpFilterStatus.Continue;
    }

    public override HttpFilterStatus OnResponseBody(HttpStream stream, bool isComplete) => Fail(stream);

    /// <summary>What is no gRPC answer becomes one: its body is the message.</summary>
    private static HttpFilterStatus Fail(HttpStream stream)
    {
        var (response, held) = (stream.Response, stream.ResponsePath.Held);
        if (!held.IsEmpty)
        {
            var body = new byte[Math.Min(held.Length, MessageBytesMax)];
            held.CopyTo(body);
            response.Set(HeaderId.GrpcMessage, HttpStream.PercentEncode(body));
        }
        var status = HttpStream.GrpcStatusOf(stream.Info.ResponseCode);
        response.Set(HeaderId.GrpcStatus, Encoding.ASCII.GetBytes($"{status}"));
        response.Set(HeaderId.ContentLength, "0"u8);
        stream.DropResponseBody();
        return HttpFilterStatus.Continue;
    }

    private static bool IsText(ReadOnlySpan<byte> type) =>
        type.SequenceEqual("application/grpc-web-text"u8) || type.SequenceEqual("application/grpc-web-text+proto"u8);

    private sealed record Call(GrpcMethod Method, bool IsText);

    private sealed class StatusCounter(Action<HttpStream> onTrailers) : BodyStage
    {
        internal override void OnData(Net.BufferChain data, int length, bool end) => Forward(data, length, end);

        internal override void OnTrailers()
        {
            onTrailers(Stream);
            ForwardTrailers();
        }
    }
}
