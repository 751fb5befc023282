namespace Lateen.Proxy.HealthChecks;

/// <summary>Statistics below <c>cluster.NAME.health_check.</c>.</summary>
internal enum HealthCheckStat
{
    Attempt,
    Degraded,
    Failure,
    Healthy,
    NetworkFailure,
    PassiveFailure,
    Success,
    VerifyCluster,
}
