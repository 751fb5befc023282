namespace Lateen.Proxy.Clusters;

/// <summary>Why a host is ejected; in the order of <c>OutlierEjectionType</c>.</summary>
internal enum OutlierKind : byte
{
    Consecutive5xx,
    ConsecutiveGatewayFailure,
    SuccessRate,
    ConsecutiveLocalOriginFailure,
    LocalOriginSuccessRate,
    FailurePercentage,
    LocalOriginFailurePercentage,
}
