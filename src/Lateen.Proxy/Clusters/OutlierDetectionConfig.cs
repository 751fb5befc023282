namespace Lateen.Proxy.Clusters;

/// <summary>Settings of outlier detection with Envoy's defaults. Source: <c>cluster.v3.OutlierDetection</c>.</summary>
internal sealed record OutlierDetectionConfig
{
    public int Consecutive5xx { get; init; } = 5;

    public int ConsecutiveGatewayFailure { get; init; } = 5;

    public int ConsecutiveLocalOriginFailure { get; init; } = 5;

    public int EnforcingConsecutive5xx { get; init; } = 100;

    public int EnforcingConsecutiveGatewayFailure { get; init; }

    public int EnforcingConsecutiveLocalOriginFailure { get; init; } = 100;

    public long IntervalNanos { get; init; } = 10_000_000_000;

    public long BaseEjectionTimeNanos { get; init; } = 30_000_000_000;

    public long MaxEjectionTimeNanos { get; init; } = 300_000_000_000;

    public int MaxEjectionPercent { get; init; } = 10;

    public bool AlwaysEjectOneHost { get; init; }

    public bool SplitExternalLocalOriginErrors { get; init; }

    public int SuccessRateMinimumHosts { get; init; } = 5;

    public int SuccessRateRequestVolume { get; init; } = 100;

    public int SuccessRateStdevFactor { get; init; } = 1900;

    public int EnforcingSuccessRate { get; init; } = 100;

    public int FailurePercentageThreshold { get; init; } = 85;

    public int FailurePercentageMinimumHosts { get; init; } = 5;

    public int FailurePercentageRequestVolume { get; init; } = 50;

    public int EnforcingFailurePercentage { get; init; }

    public int EnforcingFailurePercentageLocalOrigin { get; init; }

    public int EnforcingLocalOriginSuccessRate { get; init; } = 100;

    /// <summary>Nanoseconds; random addition to the time of an ejection.</summary>
    public long MaxEjectionTimeJitterNanos { get; init; }

    /// <summary>A health check that passes lets the host back.</summary>
    public bool HealthCheckUnejects { get; init; } = true;
}
