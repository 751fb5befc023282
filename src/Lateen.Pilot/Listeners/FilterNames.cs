namespace Lateen.Pilot.Listeners;

/// <summary>Names under which filters and transport sockets stand in what is generated.</summary>
internal static class FilterNames
{
    /// <summary>Looks up the host of each request.</summary>
    internal const string DynamicForwardProxy = "envoy.filters.http.dynamic_forward_proxy";

    internal const string HttpConnectionManager = "envoy.filters.network.http_connection_manager";
    internal const string TcpProxy = "envoy.filters.network.tcp_proxy";
    internal const string MetadataExchange = "istio.metadata_exchange";
    internal const string Stats = "istio.stats";
    internal const string Alpn = "istio.alpn";
    internal const string GrpcStats = "envoy.filters.http.grpc_stats";
    internal const string GrpcWeb = "envoy.filters.http.grpc_web";
    internal const string Fault = "envoy.filters.http.fault";
    internal const string Cors = "envoy.filters.http.cors";
    internal const string Router = "envoy.filters.http.router";
    internal const string MongoProxy = "envoy.filters.network.mongo_proxy";
    internal const string TlsSocket = "envoy.transport_sockets.tls";
}
