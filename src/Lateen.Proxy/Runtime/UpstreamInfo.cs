using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <summary>What the router's own access log sees of one attempt.</summary>
internal static class UpstreamInfo
{
    internal static StreamInfo Of(StreamInfo request, int status, ResponseFlags flags, long nowNanos)
    {
        var info = new StreamInfo();
        info.Reset(request.Connection);
        info.RequestHeaders = request.RequestHeaders;
        info.ResponseHeaders = request.ResponseHeaders;
        info.ResponseTrailers = request.ResponseTrailers;
        info.Protocol = request.Protocol;
        info.RemoteAddress = request.RemoteAddress;
        info.StartNanos = request.StartNanos;
        info.StartUnixNanos = request.StartUnixNanos;
        info.EndNanos = nowNanos;
        info.ResponseCode = status;
        info.ResponseFlags = flags;
        info.Route = request.Route;
        info.VirtualHost = request.VirtualHost;
        info.UpstreamCluster = request.UpstreamCluster;
        info.UpstreamClusterName = request.UpstreamClusterName;
        info.UpstreamHost = request.UpstreamHost;
        info.UpstreamLocalAddress = request.UpstreamLocalAddress;
        info.UpstreamRemoteAddress = request.UpstreamRemoteAddress;
        info.UpstreamTls = request.UpstreamTls;
        info.UpstreamConnectionId = request.UpstreamConnectionId;
        info.UpstreamProtocol = request.UpstreamProtocol;
        info.UpstreamTransportFailureReason = request.UpstreamTransportFailureReason;
        return info;
    }
}
