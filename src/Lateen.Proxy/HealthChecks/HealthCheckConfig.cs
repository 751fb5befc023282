using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.HealthChecks;

/// <summary>How the hosts of a cluster are checked. Source: <c>core.v3.HealthCheck</c>. Times in nanoseconds.</summary>
internal sealed record HealthCheckConfig
{
    public HealthCheckKind Kind { get; init; }

    public long TimeoutNanos { get; init; }

    public long IntervalNanos { get; init; }

    /// <summary>Random wait before the first check.</summary>
    public long InitialJitterNanos { get; init; }

    /// <summary>Random addition to each interval.</summary>
    public long IntervalJitterNanos { get; init; }

    /// <summary>The same in percent of the interval.</summary>
    public int IntervalJitterPercent { get; init; }

    public int UnhealthyThreshold { get; init; }

    public int HealthyThreshold { get; init; }

    /// <summary>While the cluster never had a connection; 60 s.</summary>
    public long NoTrafficIntervalNanos { get; init; } = 60_000_000_000;

    /// <summary>The same for hosts that are healthy.</summary>
    public long NoTrafficHealthyIntervalNanos { get; init; } = 60_000_000_000;

    public long UnhealthyIntervalNanos { get; init; }

    /// <summary>After the check that made a host unhealthy.</summary>
    public long UnhealthyEdgeIntervalNanos { get; init; }

    public long HealthyEdgeIntervalNanos { get; init; }

    /// <summary>Checks of one host share a connection; the default.</summary>
    public bool ReuseConnection { get; init; } = true;

    public bool AlwaysLogFailures { get; init; }

    public bool AlwaysLogSuccess { get; init; }

    /// <summary>Where events are written; empty: nowhere.</summary>
    public AccessLogFile[] EventLogs { get; init; } = [];

    /// <summary>ALPN names of the checks' TLS connections; empty: the cluster's.</summary>
    public byte[][] AlpnProtocols { get; init; } = [];

    /// <summary>Chooses the transport socket in place of the host's metadata; null: the host's.</summary>
    public Struct? TransportSocketMatch { get; init; }

    /// <summary>HTTP and gRPC: host of the requests; empty: the cluster's name.</summary>
    public byte[] Authority { get; init; } = [];

    public byte[] Path { get; init; } = [];

    public byte[] Method { get; init; } = [.. "GET"u8];

    /// <summary>HTTP: spoken in HTTP/2.</summary>
    public bool UseHttp2 { get; init; }

    public HeaderMutations RequestHeaders { get; init; } = HeaderMutations.None;

    /// <summary>Codes from, and below, that mean success; 200 alone by default.</summary>
    public (int Start, int End)[] ExpectedStatuses { get; init; } = [(200, 201)];

    /// <summary>Codes that count towards the threshold in place of failing at once.</summary>
    public (int Start, int End)[] RetriableStatuses { get; init; } = [];

    /// <summary>What the response's <c>x-envoy-upstream-healthchecked-cluster</c> must say; null: anything.</summary>
    public StringMatcher? ServiceName { get; init; }

    /// <summary>Bytes of a response looked at; 1024.</summary>
    public int ResponseBytesMax { get; init; } = 1024;

    /// <summary>Sent in a TCP connection or as a request's body.</summary>
    public byte[] Send { get; init; } = [];

    /// <summary>What the answer must hold, in this order; empty: nothing.</summary>
    public byte[][] Receive { get; init; } = [];

    /// <summary>gRPC: the service asked for; empty: the server as a whole.</summary>
    public string GrpcService { get; init; } = "";

    /// <summary>Redis: a key that must not be there; empty: <c>PING</c>.</summary>
    public byte[] RedisKey { get; init; } = [];

    /// <summary>Redis: who the checks say they are; null: nobody.</summary>
    public Redis.RedisCredentials? Redis { get; init; }

    /// <summary>Thrift: what is called; null otherwise.</summary>
    public ThriftCheckConfig? Thrift { get; init; }

    /// <summary>TCP: a PROXY header is sent first, of this version; zero: none.</summary>
    public int ProxyProtocolVersion { get; init; }
}
