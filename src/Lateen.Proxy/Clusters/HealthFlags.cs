namespace Lateen.Proxy.Clusters;

/// <summary>Why a host is not healthy.</summary>
[Flags]
internal enum HealthFlags
{
    None = 0,
    FailedActiveHealthCheck = 1,
    FailedOutlierCheck = 2,
    FailedEdsHealth = 4,
    DegradedActiveHealthCheck = 8,
    DegradedEdsHealth = 16,
    PendingDynamicRemoval = 32,
    PendingActiveHealthCheck = 64,
    EdsStatusDraining = 128,

    /// <summary>Any of these takes the host out of load balancing.</summary>
    Unhealthy = FailedActiveHealthCheck | FailedOutlierCheck | FailedEdsHealth,

    Degraded = DegradedActiveHealthCheck | DegradedEdsHealth,
}
