using System.Text;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Clusters;

namespace Lateen.Proxy.Streams;

/// <summary>Under which names the addresses of a connection within the process travel, for the listener filter
/// <c>original_dst</c>.</summary>
internal static class OriginalDestinationKeys
{
    /// <summary>Namespace of the metadata.</summary>
    public const string Metadata = "envoy.filters.listener.original_dst";

    /// <summary>Key in that namespace: <c>ip:port</c> of the destination.</summary>
    public const string MetadataLocal = "local";

    /// <summary>Filter state: <c>ip:port</c> of the destination.</summary>
    public const string Local = "envoy.filters.listener.original_dst.local_ip";

    /// <summary>Filter state: <c>ip:port</c> of the source.</summary>
    public const string Remote = "envoy.filters.listener.original_dst.remote_ip";

    /// <summary>Filter state: where a cluster of original destinations is to go instead.</summary>
    public const string Upstream = "envoy.network.transport_socket.original_dst_address";

    /// <summary>Where a connection goes by its filter state or metadata; empty: nowhere, null: neither says.</summary>
    public static Address? Of(ConnectionInfo info, ClusterConfig config)
    {
        if (config.Type != DiscoveryType.OriginalDst)
        {
            return null;
        }
        var named = info.GetFilterState(Upstream);
        if (named is null && config.OriginalDstMetadata is { } key)
        {
            named = info.Metadata?.GetPath(key.Filter, key.Path);
        }
        return named is null
            ? null
            : Address.TryParse(named as byte[] ?? Encoding.UTF8.GetBytes(named.ToString() ?? ""), out var address)
                ? address
                : default(Address);
    }
}
