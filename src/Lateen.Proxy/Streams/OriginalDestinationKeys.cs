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
}
