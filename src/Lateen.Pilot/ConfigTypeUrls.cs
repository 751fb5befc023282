namespace Lateen.Pilot;

/// <summary>Type URLs of messages that are looked for inside other messages.</summary>
internal static class ConfigTypeUrls
{
    internal const string HttpConnectionManager =
        "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

    internal const string TcpProxy = "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";

    internal const string DownstreamTlsContext =
        "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext";

    internal const string UpstreamTlsContext =
        "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext";

    internal const string ProxyProtocolUpstreamTransport =
        "type.googleapis.com/envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport";
}
