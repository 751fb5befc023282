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

    public byte[] AbortBody { get; init; } = "fault filter abort"u8.ToArray();

    /// <summary>Runtime keys that override the delay's milliseconds, the status, and how many may be active.</summary>
    public string DelayKey { get; init; } = "";

    public string StatusKey { get; init; } = "";

    public string GrpcStatusKey { get; init; } = "";

    public string MaxActiveKey { get; init; } = "";

    /// <summary>Counts by the calling cluster too.</summary>
    public bool CountsDownstreamClusters { get; init; } = true;

    /// <summary>Dynamic metadata of requests that the filter applies to; null: none.</summary>
    public Google.Protobuf.WellKnownTypes.Struct? Metadata { get; init; }
}
