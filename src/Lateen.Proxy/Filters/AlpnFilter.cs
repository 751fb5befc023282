using Lateen.Http;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Filters;

/// <summary>
/// The HTTP filter <c>istio.alpn</c>: tells the callee's sidecar by ALPN that the caller is a sidecar and which
/// protocol it speaks.
/// </summary>
internal sealed class AlpnFilter : HttpFilter
{
    public byte[][]? Http10 { get; init; }

    public byte[][]? Http11 { get; init; }

    public byte[][]? Http2 { get; init; }

    public required ClusterTable Clusters { get; init; }

    public override HttpFilterResult OnRequestHeaders(int worker, HeaderMap request, StreamInfo info)
    {
        var slot = info.Route?.SelectCluster(info, request, Clusters);
        if (slot?.Current is not { } cluster || IsOff(cluster))
        {
            return HttpFilterResult.Continue;
        }
        var protocol = cluster.Config.Http.Protocol switch
        {
            UpstreamProtocol.Http2 => HttpProtocol.Http2,
            UpstreamProtocol.UseDownstream => info.Protocol,
            _ => HttpProtocol.Http11,
        };
        info.UpstreamAlpnOverride = protocol switch
        {
            HttpProtocol.Http2 => Http2,
            HttpProtocol.Http10 => Http10,
            _ => Http11,
        };
        return HttpFilterResult.Continue;
    }

    private static bool IsOff(Cluster cluster) =>
        cluster.Config.Metadata is { } metadata && metadata.TryGetValue("istio", out var istio)
        && istio.Fields.TryGetValue("alpn_override", out var value) && value.StringValue == "false";
}
