namespace Lateen.Pilot.Listeners;

/// <summary>Envoy's well-known names of listener filters.</summary>
internal static class ListenerFilterNames
{
    internal const string OriginalDst = "envoy.filters.listener.original_dst";
    internal const string OriginalSrc = "envoy.filters.listener.original_src";
    internal const string TlsInspector = "envoy.filters.listener.tls_inspector";
    internal const string HttpInspector = "envoy.filters.listener.http_inspector";
    internal const string ProxyProtocol = "envoy.filters.listener.proxy_protocol";
}
