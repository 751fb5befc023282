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

    /// <summary>Below this percentage of healthy hosts all hosts are used; default 50, zero: never.</summary>
    public double HealthyPanicThreshold { get; init; } = 50;

    /// <summary>In panic no host at all instead of all hosts.</summary>
    public bool FailTrafficOnPanic { get; init; }

    /// <summary>Localities share the load by their weights.</summary>
    public bool LocalityWeighted { get; init; }
}
