namespace Lateen.Proxy.Runtime;

/// <summary>Response code details that the data path sets; arrays made once.</summary>
internal static class ResponseDetails
{
    /// <summary>Details that are there and say nothing; logs tell them from none.</summary>
    internal static readonly byte[] Blank = GC.AllocateUninitializedArray<byte>(0);
    internal static readonly byte[] ResponsePayloadTooLarge = "response_payload_too_large"u8.ToArray();
    internal static readonly byte[] ViaUpstream = [.. "via_upstream"u8];
    internal static readonly byte[] InternalRedirect = [.. "internal_redirect"u8];
    internal static readonly byte[] DetectionFailed = [.. "rejecting_because_detection_failed"u8];
    internal static readonly byte[] MaintenanceMode = [.. "maintenance_mode"u8];
    internal static readonly byte[] Overload = [.. "overload"u8];
    internal static readonly byte[] ForcedGoAway = [.. "forced_goaway"u8];
    internal static readonly byte[] DropOverload = [.. "drop_overload"u8];
    internal static readonly byte[] UnconditionalDropOverload = [.. "unconditional_drop_overload"u8];
    internal static readonly byte[] RouteNotFound = [.. "route_not_found"u8];
    internal static readonly byte[] ClusterNotFound = [.. "cluster_not_found"u8];
    internal static readonly byte[] NoHealthyUpstream = [.. "no_healthy_upstream"u8];
    internal static readonly byte[] DirectResponse = [.. "direct_response"u8];
    internal static readonly byte[] ResponseTimeout = [.. "response_timeout"u8];
    internal static readonly byte[] PerTryTimeout = [.. "upstream_per_try_timeout"u8];
    internal static readonly byte[] PerTryIdleTimeout = [.. "upstream_per_try_idle_timeout"u8];
    internal static readonly byte[] MaxDuration = [.. "max_duration_timeout"u8];
    internal static readonly byte[] StreamIdle = [.. "stream_idle_timeout"u8];
    internal static readonly byte[] RequestTimeout = [.. "request_overall_timeout"u8];
    internal static readonly byte[] RequestHeaderTimeout = [.. "request_header_timeout"u8];
    internal static readonly byte[] MissingHost = [.. "missing_host_header"u8];
    internal static readonly byte[] QueryWithoutContentType = [.. "query_missing_content_type"u8];
    internal static readonly byte[] InvalidAuthority = [.. "http.invalid_authority"u8];
    internal static readonly byte[] MissingPath = [.. "missing_path_rejected"u8];
    internal static readonly byte[] AbsolutePath = [.. "absolute_path_rejected"u8];
    internal static readonly byte[] PathNormalization = [.. "path_normalization_failed"u8];
    internal static readonly byte[] WebsocketHandshake = [.. "websocket_handshake_unsuccessful"u8];
    internal static readonly byte[] UpgradeFailed = [.. "upgrade_failed"u8];
    internal static readonly byte[] LowVersion = [.. "low_version"u8];
    internal static readonly byte[] ConnectionHeader = [.. "http1.connection_header_rejected"u8];
    internal static readonly byte[] Underscore = [.. "http1.unexpected_underscore"u8];
    internal static readonly byte[] DownstreamDisconnect = [.. "downstream_remote_disconnect"u8];
    internal static readonly byte[] DownstreamLocalDisconnect = [.. "downstream_local_disconnect"u8];
    internal static readonly byte[] RetryBufferExceeded = [.. "request_payload_exceeded_retry_buffer_limit"u8];
    internal static readonly byte[] UpstreamMaxDuration = [.. "upstream_max_stream_duration_reached"u8];
    internal static readonly byte[] ActiveOverflow = [.. "upstream_reset_before_response_started{overflow}"u8];
}
