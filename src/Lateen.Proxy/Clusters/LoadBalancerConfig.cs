namespace Lateen.Proxy.Clusters;

/// <summary>Policy and settings of a cluster's load balancing.</summary>
internal sealed record LoadBalancerConfig
{
    public LoadBalancerPolicy Policy { get; init; }

    /// <summary>Least request: how many random hosts are compared; default 2.</summary>
    public int ChoiceCount { get; init; } = 2;

    /// <summary>Least request: look at all hosts instead of a few.</summary>
    public bool FullScan { get; init; }

    /// <summary>Least request with unequal weights: exponent of the active requests; default 1.</summary>
    public double ActiveRequestBias { get; init; } = 1;

    public ulong MinimumRingSize { get; init; } = 1024;

    public ulong MaximumRingSize { get; init; } = 8 * 1024 * 1024;

    /// <summary>Ring hash: MurmurHash2 instead of xxHash64.</summary>
    public bool UseMurmurHash { get; init; }

    /// <summary>Maglev: a prime; default 65537.</summary>
    public ulong TableSize { get; init; } = 65537;

    /// <summary>Hash LBs: use the host name instead of the address as key.</summary>
    public bool UseHostnameForHashing { get; init; }

    /// <summary>Hash LBs: percent of the average load that a host may have (100 and more); zero: no bound.</summary>
    public int HashBalanceFactor { get; init; }

    /// <summary>Below this percentage of healthy hosts all hosts are used; default 50, zero: never.</summary>
    public double HealthyPanicThreshold { get; init; } = 50;

    /// <summary>In panic no host at all instead of all hosts.</summary>
    public bool FailTrafficOnPanic { get; init; }

    /// <summary>Localities share the load by their weights.</summary>
    public bool LocalityWeighted { get; init; }

    /// <summary>Prefer hosts of the proxy's own zone; null: no.</summary>
    public ZoneAwareConfig? ZoneAware { get; init; }

    /// <summary>Nanoseconds over which a new host's share grows; zero: no slow start.</summary>
    public long SlowStartWindowNanos { get; init; }

    /// <summary>Exponent of the growth is its inverse; default 1: linear.</summary>
    public double SlowStartAggression { get; init; } = 1;

    /// <summary>Least share of the weight, default 0.1.</summary>
    public double SlowStartMinWeight { get; init; } = 0.1;

    /// <summary>Pick first: shuffle the hosts once.</summary>
    public bool ShuffleAddressList { get; init; }

    /// <summary>Health in which a host asked for by address may be taken; bit i is status i of
    /// <c>HealthStatus</c>.</summary>
    public int OverrideHostStatuses { get; init; } = DefaultOverrideStatuses;

    /// <summary>Where requests name hosts, which go before the policy's choice; empty: nowhere.</summary>
    public OverrideHostSource[] OverrideSources { get; init; } = [];

    /// <summary>Subsets that the policy itself asks for; null: those of the cluster's old field.</summary>
    public SubsetConfig? Subsets { get; init; }

    /// <summary>Weights from load reports; null: none.</summary>
    public ReportedWeightConfig? ReportedWeights { get; init; }

    /// <summary>UNKNOWN, HEALTHY and DEGRADED.</summary>
    public const int DefaultOverrideStatuses = 1 | 2 | (1 << 5);
}

/// <summary>Source: <c>CommonLbConfig.ZoneAwareLbConfig</c>.</summary>
/// <param name="RoutingEnabledPercent">Of the requests, by default 100.</param>
/// <param name="MinClusterSize">Fewer hosts are used without regard to zones; default 6.</param>
/// <param name="ForceLocalMinSize">With so many hosts in the own zone all traffic stays there; zero: never.</param>
internal sealed record ZoneAwareConfig(double RoutingEnabledPercent, ulong MinClusterSize, uint ForceLocalMinSize);

/// <summary>Client-side weighted round robin. Times in nanoseconds.</summary>
internal sealed record ReportedWeightConfig
{
    public long BlackoutNanos { get; init; } = 10_000_000_000;

    public long ExpirationNanos { get; init; } = 180_000_000_000;

    public long UpdatePeriodNanos { get; init; } = 1_000_000_000;

    public double ErrorUtilizationPenalty { get; init; } = 1;

    public string[] MetricNames { get; init; } = [];
}
