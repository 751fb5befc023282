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

    /// <summary>Discovery has dropped it, but its health checks pass: it stays until they fail.</summary>
    PendingDynamicRemoval = 32,

    /// <summary>Not checked yet.</summary>
    PendingActiveHealthCheck = 64,
    EdsStatusDraining = 128,

    /// <summary>It asked to be left out (<c>x-envoy-immediate-health-check-fail</c>); it does not count.</summary>
    ExcludedViaImmediateHealthCheckFail = 256,

    /// <summary>The last failed check was not answered in time.</summary>
    ActiveHealthCheckTimeout = 512,

    /// <summary>Any of these takes the host out of load balancing.</summary>
    Unhealthy = FailedActiveHealthCheck | FailedOutlierCheck | FailedEdsHealth | EdsStatusDraining,

    Degraded = DegradedActiveHealthCheck | DegradedEdsHealth,
}
