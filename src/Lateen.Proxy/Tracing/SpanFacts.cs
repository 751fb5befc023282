using Lateen.Http;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Tracing;

/// <summary>The tags that Envoy gives to spans of HTTP requests and of attempts.</summary>
internal static class SpanFacts
{
    /// <summary>Of the request as a whole.</summary>
    public static void TagRequest(SpanTags tags, StreamInfo info, TracingConfig config)
    {
        tags.Set("node_id"u8, config.NodeId);
        tags.Set("zone"u8, config.Zone);
        if (info.RequestHeaders is { } request)
        {
            if (request.TryGet(HeaderId.XRequestId, out var id))
            {
                tags.Set("guid:x-request-id"u8, id);
            }

            var url = Scratch.Formatted;
            WriteUrl(url, request, config.PathBytesMax);
            tags.Set("http.url"u8, url.Written);
            tags.Set("http.method"u8, request.Get(HeaderId.Method));
            tags.Set("downstream_cluster"u8, OrDash(request, HeaderId.XEnvoyDownstreamServiceCluster));
            tags.Set("user_agent"u8, OrDash(request, HeaderId.UserAgent));
            tags.Set("http.protocol"u8, ProtocolOf(info.Protocol));
            SetAddress(tags, "peer.address"u8, info.Connection.DirectRemoteAddress, false);
            if (request.TryGet(HeaderId.XClientTraceId, out id))
            {
                tags.Set("guid:x-client-trace-id"u8, id);
            }

            TagGrpcRequest(tags, request);
        }

        tags.Set("request_size"u8, info.BytesReceived);
        tags.Set("response_size"u8, info.BytesSent);
        TagCommon(tags, info, info.ResponseCode, info.ResponseFlags);
        TagGrpcResponse(tags, info);
        TagError(tags, info.ResponseCode);
    }

    /// <summary>Of one attempt to an upstream.</summary>
    public static void TagAttempt(SpanTags tags, StreamInfo info, int code, ResponseFlags flags, bool isCanceled)
    {
        if (info.AttemptCount > 1)
        {
            tags.Set("retry.count"u8, info.AttemptCount - 1);
        }

        if (isCanceled)
        {
            tags.Set("canceled"u8, "true"u8);
        }

        tags.Set("http.protocol"u8, ProtocolOf(info.UpstreamProtocol));
        if (info.UpstreamHost is { } host)
        {
            tags.Set("upstream_address"u8, host.AddressText);
            tags.Set("peer.address"u8, host.AddressText);
        }

        TagCommon(tags, info, code, flags);
        TagError(tags, code);
    }

    /// <summary>Tags of the configuration, the route's last.</summary>
    public static void TagCustom(SpanTags tags, StreamInfo info, TracingConfig config)
    {
        var context = new FormatContext(AccessLog.AccessLogType.NotSet);
        CustomTag[] ofRoute = info.Route?.Tracing?.CustomTags ?? [];
        Apply(tags, config.CustomTags, ofRoute, info, context);
        Apply(tags, ofRoute, [], info, context);
    }

    /// <summary>Tags that others replace are left out, also where those have no value.</summary>
    private static void Apply(
        SpanTags tags, CustomTag[] custom, CustomTag[] others, StreamInfo info, in FormatContext context)
    {
        foreach (var tag in custom)
        {
            var text = Scratch.Formatted;
            if (!IsReplaced(tag, others) && tag.TryWrite(text, info, context))
            {
                tags.Set(tag.Name, text.Written);
            }
        }
    }

    private static bool IsReplaced(CustomTag tag, CustomTag[] others)
    {
        foreach (var other in others)
        {
            if (other.Name.AsSpan().SequenceEqual(tag.Name))
            {
                return true;
            }
        }

        return false;
    }

    private static void TagCommon(SpanTags tags, StreamInfo info, int code, ResponseFlags flags)
    {
        tags.Set("component"u8, "proxy"u8);
        if ((info.UpstreamHost?.Cluster ?? info.UpstreamCluster) is { } cluster)
        {
            tags.Set("upstream_cluster"u8, cluster.Name);
            tags.Set("upstream_cluster.name"u8, cluster.ObservabilityName);
        }

        tags.Set("http.status_code"u8, code);
        var text = Scratch.Formatted;
        text.Advance(ResponseFlagNames.Format(flags, false, text.GetSpan(ResponseFlagNames.TextBytesMax)));
        tags.Set("response_flags"u8, text.Written);
    }

    private static void TagError(SpanTags tags, int code)
    {
        if (code is 0 or >= 500)
        {
            tags.Set("error"u8, "true"u8);
        }
    }

    private static void TagGrpcRequest(SpanTags tags, HeaderMap request)
    {
        if (!RouteMatcher.IsGrpc(request))
        {
            return;
        }

        tags.Set("grpc.path"u8, request.Get(HeaderId.Path));
        tags.Set("grpc.authority"u8, request.Get(HeaderId.Authority));
        tags.Set("grpc.content_type"u8, request.Get(HeaderId.ContentType));
        if (request.TryGet(HeaderId.GrpcTimeout, out var timeout))
        {
            tags.Set("grpc.timeout"u8, timeout);
        }
    }

    private static void TagGrpcResponse(SpanTags tags, StreamInfo info)
    {
        var headers = info.ResponseTrailers is { } trailers && trailers.Contains(HeaderId.GrpcStatus)
            ? trailers
            : info.ResponseHeaders;
        if (headers is null || !headers.TryGet(HeaderId.GrpcStatus, out var status))
        {
            return;
        }

        tags.Set("grpc.status_code"u8, status);
        if (headers.TryGet(HeaderId.GrpcMessage, out var message))
        {
            tags.Set("grpc.message"u8, message);
        }

        // Faults of the server; the other codes blame the caller.
        if (StreamOperators.AnyGrpcStatusOf(info) is 2 or 4 or 8 or 10 or 12 or 13 or 14 or 15)
        {
            tags.Set("error"u8, "true"u8);
        }
    }

    private static void WriteUrl(ByteBuffer output, HeaderMap request, int pathMax)
    {
        output.Write(request.TryGet(HeaderId.XForwardedProto, out var scheme) ? scheme : request.Get(HeaderId.Scheme));
        output.Write("://"u8);
        output.Write(request.Get(HeaderId.Authority));
        var path = request.TryGet(HeaderId.XEnvoyOriginalPath, out var original)
            ? original
            : request.Get(HeaderId.Path);
        output.Write(path.Length > pathMax ? path[..pathMax] : path);
    }

    private static ReadOnlySpan<byte> OrDash(HeaderMap request, HeaderId id) =>
        request.TryGet(id, out var value) && !value.IsEmpty ? value : "-"u8;

    private static ReadOnlySpan<byte> ProtocolOf(HttpProtocol protocol) =>
        StreamOperators.NameOf(protocol) is { } name ? name : "-"u8;

    private static void SetAddress(SpanTags tags, ReadOnlySpan<byte> name, Address address, bool withPort)
    {
        if (address.IsPipe)
        {
            tags.Set(name, address.Path!);
            return;
        }

        var text = Scratch.Formatted;
        text.Advance(withPort
            ? address.Format(text.GetSpan(Address.TextBytesMax))
            : address.Ip.Format(text.GetSpan(IpAddress.TextBytesMax)));
        tags.Set(name, text.Written);
    }
}
