using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Filters;

/// <summary>Faults to inject. Source: <c>fault.v3.HTTPFault</c>.</summary>
internal sealed class FaultConfig
{
    /// <summary>Nanoseconds; zero: none, or by header.</summary>
    public long DelayNanos { get; init; }

    public bool DelayByHeader { get; init; }

    public FractionalPercent DelayShare { get; init; }

    /// <summary>HTTP status; zero: none, or by header.</summary>
    public int AbortStatus { get; init; }

    /// <summary>gRPC status; -1: none.</summary>
    public int AbortGrpcStatus { get; init; } = -1;

    public bool AbortByHeader { get; init; }

    public FractionalPercent AbortShare { get; init; }

    /// <summary>Only requests to this cluster; empty: all.</summary>
    public string UpstreamCluster { get; init; } = "";

    public HeaderMatcher[] Headers { get; init; } = [];

    /// <summary>Only these nodes (x-envoy-downstream-service-node).</summary>
    public byte[][] DownstreamNodes { get; init; } = [];

    /// <summary>Bytes a second of responses; zero: none, or by header.</summary>
    public long ResponseRate { get; init; }

    public bool ResponseRateByHeader { get; init; }

    public FractionalPercent ResponseRateShare { get; init; }

    public uint MaxActiveFaults { get; init; } = uint.MaxValue;
}
