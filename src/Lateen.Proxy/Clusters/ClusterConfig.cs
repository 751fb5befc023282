using System.Collections.Immutable;
using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Addresses;

namespace Lateen.Proxy.Clusters;

/// <summary>The validated, immutable record of what a cluster resource asks for.</summary>
internal sealed class ClusterConfig
{
    public required string Name { get; init; }

    /// <summary>Name in statistics if another one was asked for; empty otherwise.</summary>
    public string AltStatName { get; init; } = "";

    public DiscoveryType Type { get; init; }

    /// <summary>Name of the assignment; the cluster's name when not given.</summary>
    public string EdsServiceName { get; init; } = "";

    /// <summary>Where assignments come from; null for clusters of other types.</summary>
    public Discovery.DiscoverySource? EdsSource { get; init; }

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

    public CircuitBreakerLimits DefaultLimits { get; init; } = new();

    public CircuitBreakerLimits HighLimits { get; init; } = new();

    public OutlierDetectionConfig? OutlierDetection { get; init; }

    public TransportSocketConfig TransportSocket { get; init; } = TransportSocketConfig.RawBuffer;

    public ImmutableArray<TransportSocketConfig> TransportSocketMatches { get; init; } = [];

    /// <summary>Local address of upstream connections; empty: the system's choice.</summary>
    public Address SourceAddress { get; init; }

    public bool SourceFreebind { get; init; }

    /// <summary>Seconds; null: the system's settings without keepalive.</summary>
    public (int Probes, int TimeSeconds, int IntervalSeconds)? TcpKeepalive { get; init; }

    /// <summary>Metadata by namespace; null when none.</summary>
    public IReadOnlyDictionary<string, Struct>? Metadata { get; init; }

    /// <summary>From metadata <c>istio.services[0]</c>; empty when there is none.</summary>
    public (string Host, string Name, string Namespace) IstioService { get; init; } = ("", "", "");

    /// <summary>Nanoseconds between DNS look-ups; 5 s by default.</summary>
    public long DnsRefreshRateNanos { get; init; } = 5_000_000_000;

    /// <summary>0 AUTO (v6, then v4), 1 v4 only, 2 v6 only, 3 v4 preferred, 4 all.</summary>
    public int DnsLookupFamily { get; init; }

    /// <summary>ORIGINAL_DST: take the address from this header when it is there; empty: never.</summary>
    public string OriginalDstHeader { get; init; } = "";

    /// <summary>ORIGINAL_DST: replaces the port; zero: kept.</summary>
    public int UpstreamPortOverride { get; init; }

    /// <summary>ORIGINAL_DST: nanoseconds after which an unused host goes; 5 s by default.</summary>
    public long CleanupIntervalNanos { get; init; } = 5_000_000_000;

    public bool CloseConnectionsOnHostHealthFailure { get; init; }

    /// <summary>Each downstream connection has its own upstream connections.</summary>
    public bool ConnectionPoolPerDownstreamConnection { get; init; }

    /// <summary>Came by CDS.</summary>
    public bool AddedViaApi { get; init; }

    public string? MetadataExchangeProtocol { get; init; }
}
