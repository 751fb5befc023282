namespace Lateen.Proxy.Config.Decode;

/// <summary>What can make an object of the filter state out of a text.</summary>
internal static class FilterStateFactories
{
    private static readonly HashSet<string> _names = new(StringComparer.Ordinal)
    {
        "envoy.tcp_proxy.cluster", "envoy.tcp_proxy.per_connection_idle_timeout_ms",
        "envoy.tcp_proxy.disable_tunneling", "envoy.network.upstream_server_name",
        "envoy.network.application_protocols", "envoy.network.upstream_subject_alt_names",
        "envoy.network.transport_socket.original_dst_address", "envoy.filters.listener.original_dst.local_ip",
        "envoy.filters.listener.original_dst.remote_ip", "envoy.upstream.dynamic_host",
        "envoy.upstream.dynamic_port", "envoy.ratelimit.hits_addend", "envoy.network.ip", "envoy.string",
        "istio.hashable_string", "envoy.hashable_string", "io.istio.peer_principal", "io.istio.local_principal",
    };

    /// <summary>Whether there is one of this name.</summary>
    public static bool Contains(string name) => _names.Contains(name);
}
