using System.Collections.Immutable;
using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Addresses;

namespace Lateen.Proxy.Clusters;

/// <summary>The validated, immutable record of what a cluster resource asks for.</summary>
internal sealed record ClusterConfig
{
    // Read out of the metadata once somebody asks.
    private (string, string, string)[]? _service;

    public required string Name { get; init; }

    /// <summary>Name in statistics if another one was asked for; empty otherwise.</summary>
    public string AltStatName { get; init; } = "";

    /// <summary>Name of the assignment; the cluster's name when not given.</summary>
    public string EdsServiceName { get; init; } = "";

    /// <summary>Where assignments come from; null for clusters of other types.</summary>
    public Discovery.DiscoverySource? EdsSource { get; init; }

    /// <summary>The name of its assignment.</summary>
    public string ServiceName => EdsServiceName.Length > 0 ? EdsServiceName : Name;

    /// <summary>Under which its source keeps the assignment; null for clusters that have none by discovery.</summary>
    public string? AssignmentKey => Type == DiscoveryType.Eds ? EdsSource!.Scope(ServiceName) : null;

    public TransportSocketConfig TransportSocket { get; init; } = TransportSocketConfig.RawBuffer;

    public ImmutableArray<TransportSocketConfig> TransportSocketMatches { get; init; } = [];

    /// <summary>Metadata by namespace; null when none.</summary>
    public IReadOnlyDictionary<string, Struct>? Metadata { get; init; }

    /// <summary>From metadata <c>istio.services[0]</c>; empty when there is none.</summary>
    public (string Host, string Name, string Namespace) IstioService => (_service ??= [ServiceOf(Metadata)])[0];

    /// <summary>All else; clusters alike share it. What follows reads it, and is described there.</summary>
    public ClusterOptions Options { get; init; } = ClusterOptions.Default;

    public DiscoveryType Type { get => Options.Type; init => Options = Options with { Type = value }; }

    public long ConnectTimeoutNanos
    {
        get => Options.ConnectTimeoutNanos;
        init => Options = Options with { ConnectTimeoutNanos = value };
    }

    public int ConnectionBufferBytesMax
    {
        get => Options.ConnectionBufferBytesMax;
        init => Options = Options with { ConnectionBufferBytesMax = value };
    }

    public LoadBalancerConfig LoadBalancer
    {
        get => Options.LoadBalancer;
        init => Options = Options with { LoadBalancer = value };
    }

    public SubsetConfig? Subsets { get => Options.Subsets; init => Options = Options with { Subsets = value }; }

    public UpstreamHttpOptions Http { get => Options.Http; init => Options = Options with { Http = value }; }

    public long TcpIdleTimeoutNanos
    {
        get => Options.TcpIdleTimeoutNanos;
        init => Options = Options with { TcpIdleTimeoutNanos = value };
    }

    public CircuitBreakerLimits DefaultLimits
    {
        get => Options.DefaultLimits;
        init => Options = Options with { DefaultLimits = value };
    }

    public CircuitBreakerLimits HighLimits
    {
        get => Options.HighLimits;
        init => Options = Options with { HighLimits = value };
    }

    public OutlierDetectionConfig? OutlierDetection
    {
        get => Options.OutlierDetection;
        init => Options = Options with { OutlierDetection = value };
    }

    public Address SourceAddress
    {
        get => Options.SourceAddress;
        init => Options = Options with { SourceAddress = value };
    }

    public bool SourceFreebind
    {
        get => Options.SourceFreebind;
        init => Options = Options with { SourceFreebind = value };
    }

    public (int Probes, int TimeSeconds, int IntervalSeconds)? TcpKeepalive
    {
        get => Options.TcpKeepalive;
        init => Options = Options with { TcpKeepalive = value };
    }

    public string OriginalDstHeader
    {
        get => Options.OriginalDstHeader;
        init => Options = Options with { OriginalDstHeader = value };
    }

    public int UpstreamPortOverride
    {
        get => Options.UpstreamPortOverride;
        init => Options = Options with { UpstreamPortOverride = value };
    }

    public long CleanupIntervalNanos
    {
        get => Options.CleanupIntervalNanos;
        init => Options = Options with { CleanupIntervalNanos = value };
    }

    public bool CloseConnectionsOnHostHealthFailure
    {
        get => Options.CloseConnectionsOnHostHealthFailure;
        init => Options = Options with { CloseConnectionsOnHostHealthFailure = value };
    }

    public bool CloseConnectionsOnHostSetChange
    {
        get => Options.CloseConnectionsOnHostSetChange;
        init => Options = Options with { CloseConnectionsOnHostSetChange = value };
    }

    public bool IgnoreHealthOnHostRemoval
    {
        get => Options.IgnoreHealthOnHostRemoval;
        init => Options = Options with { IgnoreHealthOnHostRemoval = value };
    }

    public bool IgnoreNewHostsUntilFirstHealthCheck
    {
        get => Options.IgnoreNewHostsUntilFirstHealthCheck;
        init => Options = Options with { IgnoreNewHostsUntilFirstHealthCheck = value };
    }

    public long UpdateMergeWindowNanos
    {
        get => Options.UpdateMergeWindowNanos;
        init => Options = Options with { UpdateMergeWindowNanos = value };
    }

    public HealthChecks.HealthCheckConfig? HealthCheck
    {
        get => Options.HealthCheck;
        init => Options = Options with { HealthCheck = value };
    }

    public ImmutableArray<ClusterSlot> Members
    {
        get => Options.Members;
        init => Options = Options with { Members = value };
    }

    public Dns.DnsCacheConfig? ForwardProxy
    {
        get => Options.ForwardProxy;
        init => Options = Options with { ForwardProxy = value };
    }

    public Dns.DnsConfig NameResolution
    {
        get => Options.NameResolution;
        init => Options = Options with { NameResolution = value };
    }

    public bool WaitForWarmOnInit
    {
        get => Options.WaitForWarmOnInit;
        init => Options = Options with { WaitForWarmOnInit = value };
    }

    public (string Filter, string[] Path)? OriginalDstMetadata
    {
        get => Options.OriginalDstMetadata;
        init => Options = Options with { OriginalDstMetadata = value };
    }

    public double PreconnectRatio
    {
        get => Options.PreconnectRatio;
        init => Options = Options with { PreconnectRatio = value };
    }

    public double PredictivePreconnectRatio
    {
        get => Options.PredictivePreconnectRatio;
        init => Options = Options with { PredictivePreconnectRatio = value };
    }

    public bool TrackTimeoutBudgets
    {
        get => Options.TrackTimeoutBudgets;
        init => Options = Options with { TrackTimeoutBudgets = value };
    }

    public bool TrackSizes { get => Options.TrackSizes; init => Options = Options with { TrackSizes = value }; }

    public bool TrackEndpoints
    {
        get => Options.TrackEndpoints;
        init => Options = Options with { TrackEndpoints = value };
    }

    public ImmutableArray<Address> ExtraSourceAddresses
    {
        get => Options.ExtraSourceAddresses;
        init => Options = Options with { ExtraSourceAddresses = value };
    }

    public long HostConnectionsMax
    {
        get => Options.HostConnectionsMax;
        init => Options = Options with { HostConnectionsMax = value };
    }

    public bool ConnectionPoolPerDownstreamConnection
    {
        get => Options.ConnectionPoolPerDownstreamConnection;
        init => Options = Options with { ConnectionPoolPerDownstreamConnection = value };
    }

    public bool AddedViaApi { get => Options.AddedViaApi; init => Options = Options with { AddedViaApi = value }; }

    public Redis.RedisCredentials? Redis { get => Options.Redis; init => Options = Options with { Redis = value }; }

    public bool ReadsPeerMetadata
    {
        get => Options.ReadsPeerMetadata;
        init => Options = Options with { ReadsPeerMetadata = value };
    }

    public Tcp.MetadataExchangeConfig? MetadataExchange
    {
        get => Options.MetadataExchange;
        init => Options = Options with { MetadataExchange = value };
    }

    private static (string Host, string Name, string Namespace) ServiceOf(
        IReadOnlyDictionary<string, Struct>? metadata)
    {
        var services = metadata?.GetValueOrDefault("istio")?.Fields.GetValueOrDefault("services")?.ListValue?.Values;
        if (services is not { Count: > 0 } || services[0].StructValue is not { } first)
        {
            return ("", "", "");
        }
        return (Text(first, "host"), Text(first, "name"), Text(first, "namespace"));
    }

    private static string Text(Struct fields, string key) => fields.Fields.GetValueOrDefault(key)?.StringValue ?? "";
}
