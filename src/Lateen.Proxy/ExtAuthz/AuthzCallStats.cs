using Lateen.Proxy.Streams;

namespace Lateen.Proxy.ExtAuthz;

/// <summary>
/// What the call to the service cost, for access logs (<c>%FILTER_STATE(NAME:FIELD:latency_us)%</c>). It has fields
/// only, no text of its own, as in Envoy. Source: <c>ExtAuthz.emit_filter_state_stats</c>.
/// </summary>
/// <param name="LatencyNanos">From the call's begin to the verdict.</param>
/// <param name="Call">A call by gRPC, whose bytes are told; null: there are none to tell.</param>
internal sealed record AuthzCallStats(long LatencyNanos, (long Sent, long Received)? Call) : IFilterStateObject
{
    public string? ToJson() => null;

    public object? GetField(string name) => name switch
    {
        "latency_us" => (double)(LatencyNanos / 1000),
        "bytesSent" => Call is { } call ? (double)call.Sent : null,
        "bytesReceived" => Call is { } call ? (double)call.Received : null,
        _ => null,
    };
}
