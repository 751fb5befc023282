using System.Collections.Immutable;
using Lateen.Proxy.Addresses;

namespace Lateen.Proxy.Clusters;

/// <summary>
/// What a cluster resource asks for besides names, metadata and transport sockets; clusters alike share it. Immutable.
/// </summary>
internal sealed record ClusterOptions
{
    public static ClusterOptions Default { get; } = new();

    public DiscoveryType Type { get; init; }

    /// <summary>Nanoseconds to connect, TLS handshake included; 5 s by default.</summary>
    public long ConnectTimeoutNanos { get; init; } = 5_000_000_000;

    /// <summary>Bytes; 1 MiB by default.</summary>
    public int ConnectionBufferBytesMax { get; init; } = 1024 * 1024;

    public LoadBalancerConfig LoadBalancer { get; init; } = new();

    /// <summary>Division of the hosts by metadata; null: none.</summary>
    public SubsetConfig? Subsets { get; init; }

    public UpstreamHttpOptions Http { get; init; } = new();

    /// <summary>Nanoseconds an idle TCP connection is kept in the pool; ten minutes by default.</summary>
    public long TcpIdleTimeoutNanos { get; init; } = 600_000_000_000;

    public CircuitBreakerLimits DefaultLimits { get; init; } = CircuitBreakerLimits.Default;

    public CircuitBreakerLimits HighLimits { get; init; } = CircuitBreakerLimits.Default;

    public OutlierDetectionConfig? OutlierDetection { get; init; }

    /// <summary>Local address of upstream connections; empty: the system's choice.</summary>
    public Address SourceAddress { get; init; }

    public bool SourceFreebind { get; init; }

    /// <summary>Seconds; null: the system's settings without keepalive.</summary>
    public (int Probes, int TimeSeconds, int IntervalSeconds)? TcpKeepalive { get; init; }

    /// <summary>ORIGINAL_DST: take the address from this header when it is there; empty: never.</summary>
    public string OriginalDstHeader { get; init; } = "";

    /// <summary>ORIGINAL_DST: replaces the port; zero: kept.</summary>
    public int UpstreamPortOverride { get; init; }

    /// <summary>ORIGINAL_DST: nanoseconds after which an unused host goes; 5 s by default.</summary>
    public long CleanupIntervalNanos { get; init; } = 5_000_000_000;

    public bool CloseConnectionsOnHostHealthFailure { get; init; }

    /// <summary>When hosts come or go, idle connections to all hosts are closed.</summary>
    public bool CloseConnectionsOnHostSetChange { get; init; }

    /// <summary>A host that discovery drops goes at once, even if its health checks pass.</summary>
    public bool IgnoreHealthOnHostRemoval { get; init; }

    /// <summary>Hosts do not count before their first health check.</summary>
    public bool IgnoreNewHostsUntilFirstHealthCheck { get; init; }

    /// <summary>Nanoseconds within which changes of health are published together; 1 s by default.</summary>
    public long UpdateMergeWindowNanos { get; init; } = 1_000_000_000;

    /// <summary>Null: hosts are not checked.</summary>
    public HealthChecks.HealthCheckConfig? HealthCheck { get; init; }

    /// <summary>Members of an aggregate cluster, in order of preference; empty: it is none.</summary>
    public ImmutableArray<ClusterSlot> Members { get; init; } = [];

    /// <summary>The names that a dynamic forward proxy cluster goes to; null: it is none.</summary>
    public Dns.DnsCacheConfig? ForwardProxy { get; init; }

    /// <summary>How names are looked up.</summary>
    public Dns.DnsConfig NameResolution { get; init; } = Dns.DnsConfig.Default;

    /// <summary>A DNS cluster is not in force before its first answer.</summary>
    public bool WaitForWarmOnInit { get; init; } = true;

    /// <summary>ORIGINAL_DST: dynamic metadata that holds the address, as filter and path; null: none.</summary>
    public (string Filter, string[] Path)? OriginalDstMetadata { get; init; }

    /// <summary>Connections made ahead of the requests that will need them; 1: none.</summary>
    public double PreconnectRatio { get; init; } = 1;

    /// <summary>Connections made ahead on the hosts that the balancer will choose next; 1: none.</summary>
    public double PredictivePreconnectRatio { get; init; } = 1;

    /// <summary>Histograms of how much of their time limits requests used.</summary>
    public bool TrackTimeoutBudgets { get; init; }

    /// <summary>Histograms of the sizes of requests and responses.</summary>
    public bool TrackSizes { get; init; }

    /// <summary>Metrics of hosts' load reports that go into reports to the management server; empty: none.</summary>
    public string[] ReportedMetrics { get; init; } = [];

    /// <summary>Counters per host, for scraping.</summary>
    public bool TrackEndpoints { get; init; }

    /// <summary>Other local addresses, for hosts of the other family.</summary>
    public ImmutableArray<Address> ExtraSourceAddresses { get; init; } = [];

    /// <summary>Connections per host at most; zero: no limit of its own.</summary>
    public long HostConnectionsMax { get; init; }

    /// <summary>Each downstream connection has its own upstream connections.</summary>
    public bool ConnectionPoolPerDownstreamConnection { get; init; }

    /// <summary>Came by CDS.</summary>
    public bool AddedViaApi { get; init; }

    /// <summary>What Redis connections to the hosts say who they are; null: nothing.</summary>
    public Redis.RedisCredentials? Redis { get; init; }

    /// <summary>Metadata that TCP connections to the hosts exchange first; null: none.</summary>
    public Tcp.MetadataExchangeConfig? MetadataExchange { get; init; }

    /// <summary>Connections to internal listeners that begin tunnels learn who the peer is.</summary>
    public bool ReadsPeerMetadata { get; init; }
}
