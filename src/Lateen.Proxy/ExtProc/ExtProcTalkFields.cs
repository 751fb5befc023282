namespace Lateen.Proxy.ExtProc;

/// <summary>Names of what <see cref="ExtProcTalkStats"/> tells. The names are Envoy's.</summary>
internal static class ExtProcTalkFields
{
    public const string BytesSent = "bytes_sent";
    public const string BytesReceived = "bytes_received";
    public const string FailedOpen = "failed_open";
    public const string ImmediateResponse = "received_immediate_response";
    public const string StatusBeforeFirstCall = "grpc_status_before_first_call";
    public const string Destination = "destination";

    private static readonly string[] OfDirection =
    [
        "header_latency_us", "header_call_status", "body_call_count", "body_total_latency_us", "body_max_latency_us",
        "body_last_call_status", "trailer_latency_us", "trailer_call_status", "header_processing_effect",
        "body_processing_effect", "trailer_processing_effect",
    ];

    /// <summary>All that are numbers or switches.</summary>
    public static string[] All { get; } =
    [
        .. OfDirection.Select(name => "request_" + name), .. OfDirection.Select(name => "response_" + name),
        BytesSent, BytesReceived, FailedOpen, ImmediateResponse, StatusBeforeFirstCall,
    ];
}
