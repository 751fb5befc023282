using Lateen.Proxy.Clusters;
using OutlierProto = Envoy.Config.Cluster.V3.OutlierDetection;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Outlier detection of clusters.</summary>
internal static class OutlierDecoder
{
    public static OutlierDetectionConfig Decode(OutlierProto outlier)
    {
        var ejection = Durations.Nanos(outlier.BaseEjectionTime, 30_000_000_000);
        return new OutlierDetectionConfig
        {
            Consecutive5xx = (int)(outlier.Consecutive5Xx ?? 5),
            ConsecutiveGatewayFailure = (int)(outlier.ConsecutiveGatewayFailure ?? 5),
            ConsecutiveLocalOriginFailure = (int)(outlier.ConsecutiveLocalOriginFailure ?? 5),
            EnforcingConsecutive5xx = (int)(outlier.EnforcingConsecutive5Xx ?? 100),
            EnforcingConsecutiveGatewayFailure = (int)(outlier.EnforcingConsecutiveGatewayFailure ?? 0),
            EnforcingConsecutiveLocalOriginFailure = (int)(outlier.EnforcingConsecutiveLocalOriginFailure ?? 100),
            IntervalNanos = Durations.Nanos(outlier.Interval, 10_000_000_000),
            BaseEjectionTimeNanos = ejection,
            MaxEjectionTimeNanos = Durations.Nanos(outlier.MaxEjectionTime, Math.Max(300_000_000_000, ejection)),
            MaxEjectionTimeJitterNanos = Durations.Nanos(outlier.MaxEjectionTimeJitter),
            MaxEjectionPercent = (int)(outlier.MaxEjectionPercent ?? 10),
            AlwaysEjectOneHost = outlier.AlwaysEjectOneHost ?? false,
            SplitExternalLocalOriginErrors = outlier.SplitExternalLocalOriginErrors,
            SuccessRateMinimumHosts = (int)(outlier.SuccessRateMinimumHosts ?? 5),
            SuccessRateRequestVolume = (int)(outlier.SuccessRateRequestVolume ?? 100),
            SuccessRateStdevFactor = (int)(outlier.SuccessRateStdevFactor ?? 1900),
            EnforcingSuccessRate = (int)(outlier.EnforcingSuccessRate ?? 100),
            EnforcingLocalOriginSuccessRate = (int)(outlier.EnforcingLocalOriginSuccessRate ?? 100),
            FailurePercentageThreshold = (int)(outlier.FailurePercentageThreshold ?? 85),
            FailurePercentageMinimumHosts = (int)(outlier.FailurePercentageMinimumHosts ?? 5),
            FailurePercentageRequestVolume = (int)(outlier.FailurePercentageRequestVolume ?? 50),
            EnforcingFailurePercentage = (int)(outlier.EnforcingFailurePercentage ?? 0),
            EnforcingFailurePercentageLocalOrigin = (int)(outlier.EnforcingFailurePercentageLocalOrigin ?? 0),
            HealthCheckUnejects = outlier.SuccessfulActiveHealthCheckUnejectHost ?? true,
        };
    }
}
