using System.Buffers.Text;
using System.Text;
using Lateen.Http;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>grpc_http1_bridge</c>: HTTP/1.1 clients without trailers speak gRPC.</summary>
internal sealed class GrpcBridgeFilter : HttpFilter
{
    private const int FrameHeaderBytes = 5;
    private static readonly byte[] Protobuf = "application/x-protobuf"u8.ToArray();

    /// <summary>Plain protobuf requests get gRPC's framing.</summary>
    public bool UpgradesProtobuf { get; init; }

    public bool IgnoresQuery { get; init; }

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        var request = stream.Request;
        var isUpgraded = UpgradesProtobuf && request.Get(HeaderId.ContentType).SequenceEqual(Protobuf);
        if ((!isUpgraded && !RouteMatcher.IsGrpc(request)) || stream.Info.Protocol == HttpProtocol.Http2)
        {
            return HttpFilterResult.Continue;
        }
        stream.SetState(this, new Call(isUpgraded));
        if (IgnoresQuery && request.Get(HeaderId.Path).IndexOf((byte)'?') is > 0 and var query)
        {
            request.Set(HeaderId.Path, request.Get(HeaderId.Path)[..query].ToArray());
        }
        if (!isUpgraded)
        {
            return HttpFilterResult.Continue;
        }
        request.Set(HeaderId.ContentType, "application/grpc"u8);
        return stream.RequestPassed
            ? HttpFilterResult.Continue
            : new HttpFilterResult(HttpFilterStatus.AwaitBody, BodyBytesMax: HttpStream.HeldResponseBytesMax);
    }

    public override HttpFilterResult OnRequestBody(HttpStream stream, bool isComplete)
    {
        if (!isComplete)
        {
            return BufferFilter.Refuse(stream);
        }
        var held = stream.BufferedBody;
        var framed = new byte[held.Length + FrameHeaderBytes];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), held.Length);
        held.CopyTo(framed.AsSpan(FrameHeaderBytes));
        stream.ReplaceRequestBody(framed);
        stream.Request.Remove(HeaderId.ContentLength);
        return HttpFilterResult.Continue;
    }

    public override HttpFilterStatus OnResponse(HttpStream stream, bool endStream)
    {
        if (stream.GetState(this) is not Call)
        {
            return HttpFilterStatus.Continue;
        }
        if (!endStream)
        {
            return HttpFilterStatus.AwaitBody;
        }
        Finish(stream, stream.Response);
        return HttpFilterStatus.Continue;
    }

    public override HttpFilterStatus OnResponseBody(HttpStream stream, bool isComplete)
    {
        if (!isComplete)
        {
            stream.SendLocalReply(
                500, "Internal Server Error"u8, ResponseFlags.None, ResponseDetails.ResponsePayloadTooLarge);
            return HttpFilterStatus.Wait;
        }
        var held = stream.ResponsePath.Held;
        if (stream.GetState(this) is Call { IsUpgraded: true })
        {
            held.Consume(Math.Min(FrameHeaderBytes, held.Length));
        }
        Finish(stream, stream.ResponseTrailers);
        stream.Response.Set(HeaderId.ContentLength, Encoding.ASCII.GetBytes($"{held.Length}"));
        return HttpFilterStatus.Continue;
    }

    /// <summary>The call's status and message go into the headers; a failure is one of HTTP too.</summary>
    private static void Finish(HttpStream stream, HeaderMap from)
    {
        var response = stream.Response;
        if (!from.TryGet(HeaderId.GrpcStatus, out var status))
        {
            return;
        }
        var isGood = Utf8Parser.TryParse(status, out int code, out _) && code == 0;
        if (!ReferenceEquals(from, response))
        {
            response.Set(HeaderId.GrpcStatus, status);
            if (from.TryGet(HeaderId.GrpcMessage, out var message))
            {
                response.Set(HeaderId.GrpcMessage, message);
            }
        }
        // An answer of trailers alone comes as headers, whose status stays.
        if (!isGood && !ReferenceEquals(from, response))
        {
            response.Set(HeaderId.Status, "503"u8);
        }
    }

    private sealed record Call(bool IsUpgraded);
}
