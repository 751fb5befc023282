using System.Buffers.Text;
using System.Text;
using Lateen.Http;
using Lateen.Proxy.GrpcFilters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Filters;

/// <summary>
/// The HTTP filter <c>grpc_http1_reverse_bridge</c>: gRPC clients speak with servers that know no trailers. Source:
/// <c>grpc_http1_reverse_bridge.v3.FilterConfig</c>.
/// </summary>
internal sealed class GrpcReverseBridgeFilter : HttpFilter
{
    private const int Unknown = 2;
    private const int Internal = 13;
    private const string Prefix = "envoy reverse bridge: upstream ";
    private static readonly byte[] WrongTypeDetails = "grpc_bridge_content_type_wrong"u8.ToArray();
    private static readonly byte[] NoLengthDetails = "grpc_bridge_content_length_missing"u8.ToArray();

    /// <summary>What requests and responses of the upstream have.</summary>
    public required byte[] ContentType { get; init; }

    /// <summary>The upstream sees and sends messages without gRPC's framing.</summary>
    public bool WithholdsFrames { get; init; }

    /// <summary>Header of responses that tells their size, so that they need not be held; null: none.</summary>
    public HeaderName? SizeHeader { get; init; }

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        var request = stream.Request;
        if (stream.RequestPassed || !RouteMatcher.IsGrpc(request)
            || Route.GetPerFilterConfig(stream.Info, Name) is ReverseBridgeRouteSettings { IsDisabled: true })
        {
            return HttpFilterResult.Continue;
        }
        stream.SetState(this, new Call(request.Get(HeaderId.ContentType).ToArray()));
        stream.StaysGrpc = true;
        request.Set(HeaderId.ContentType, ContentType);
        request.Set(HeaderName.Create("accept"), ContentType);
        if (WithholdsFrames)
        {
            AddLength(request, -GrpcFrameStripper.FrameHeaderBytes);
            stream.AddRequestStage(new GrpcFrameStripper());
        }
        stream.RefreshRoute();
        return HttpFilterResult.Continue;
    }

    public override HttpFilterStatus OnResponse(HttpStream stream, bool endStream)
    {
        if (stream.GetState(this) is not Call { IsAnswered: false } call)
        {
            return HttpFilterStatus.Continue;
        }
        call.IsAnswered = true;
        var response = stream.Response;
        var type = response.Get(HeaderId.ContentType);
        if (!type.SequenceEqual(ContentType))
        {
            return Refuse(stream, WrongTypeDetails, Unknown, "responded with unsupported content-type "
                + $"{Encoding.Latin1.GetString(type)}, status code {stream.Info.ResponseCode}");
        }
        var status = stream.Info.ResponseCode == 200 ? 0 : HttpStream.GrpcStatusOf(stream.Info.ResponseCode);
        int? size = null;
        if (WithholdsFrames && SizeHeader is { } header)
        {
            if (!response.TryGet(header, out var text) || !Utf8Parser.TryParse(text, out int told, out var used)
                || used != text.Length || told < 0)
            {
                return Refuse(stream, NoLengthDetails, Internal, "did not set content length");
            }
            size = told;
        }
        response.Set(HeaderId.ContentType, call.ContentType);
        response.Set(HeaderId.Status, "200"u8);
        if (endStream)
        {
            response.Set(HeaderId.GrpcStatus, Encoding.ASCII.GetBytes($"{status}"));
            return HttpFilterStatus.Continue;
        }
        if (size is { } known)
        {
            response.Set(
                HeaderId.ContentLength, Encoding.ASCII.GetBytes($"{known + GrpcFrameStripper.FrameHeaderBytes}"));
        }
        else if (WithholdsFrames)
        {
            AddLength(response, GrpcFrameStripper.FrameHeaderBytes);
        }
        stream.AddResponseStage(new GrpcFrameAdder(status, WithholdsFrames, size));
        return HttpFilterStatus.Continue;
    }

    private static HttpFilterStatus Refuse(HttpStream stream, byte[] details, int status, string reason)
    {
        stream.LocalReplyHeaders.Clear();
        stream.SendLocalReply(200, Encoding.Latin1.GetBytes(Prefix + reason), ResponseFlags.None, details, status);
        return HttpFilterStatus.Wait;
    }

    private static void AddLength(HeaderMap headers, int bytes)
    {
        if (headers.TryGet(HeaderId.ContentLength, out var text)
            && Utf8Parser.TryParse(text, out long length, out _) && length + bytes >= 0)
        {
            headers.Set(HeaderId.ContentLength, Encoding.ASCII.GetBytes($"{length + bytes}"));
        }
    }

    private sealed class Call(byte[] contentType)
    {
        /// <summary>As the client wrote it.</summary>
        public byte[] ContentType { get; } = contentType;

        /// <summary>The response's headers have come.</summary>
        public bool IsAnswered { get; set; }
    }
}

/// <summary>Settings of a route. Source: <c>FilterConfigPerRoute</c>.</summary>
internal sealed record ReverseBridgeRouteSettings(bool IsDisabled);
