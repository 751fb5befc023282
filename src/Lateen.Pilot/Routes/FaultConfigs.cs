using Envoy.Extensions.Filters.Common.Fault.V3;
using Envoy.Extensions.Filters.Http.Fault.V3;
using Istio.Networking.V1Alpha3;
using Abort = Istio.Networking.V1Alpha3.HTTPFaultInjection.Types.Abort;
using Delay = Istio.Networking.V1Alpha3.HTTPFaultInjection.Types.Delay;

namespace Lateen.Pilot.Routes;

/// <summary>Istio's fault injection as the per-route configuration of Envoy's fault filter.</summary>
internal static class FaultConfigs
{
    private static readonly string[] GrpcStatusNames =
    [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
        "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
        "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    ];

    /// <summary>The filter's configuration, or null when nothing of it is supported.</summary>
    internal static HTTPFault? Translate(HTTPFaultInjection fault)
    {
        var result = new HTTPFault { Delay = Translate(fault.Delay), Abort = Translate(fault.Abort) };
        return result.Delay is null && result.Abort is null ? null : result;
    }

    private static FaultDelay? Translate(Delay? delay)
    {
        if (delay is not { HttpDelayTypeCase: Delay.HttpDelayTypeOneofCase.FixedDelay })
        {
            return null;
        }
#pragma warning disable CS0612 // The old integer share is still accepted.
        var percentage = delay.Percentage is null
            ? Percentages.Of((uint)Math.Max(0, delay.Percent)) : Percentages.Of(delay.Percentage);
#pragma warning restore CS0612
        return new FaultDelay { FixedDelay = delay.FixedDelay, Percentage = percentage };
    }

    private static FaultAbort? Translate(Abort? abort)
    {
        var result = new FaultAbort();
        switch (abort?.ErrorTypeCase)
        {
            case Abort.ErrorTypeOneofCase.HttpStatus:
                result.HttpStatus = (uint)abort.HttpStatus;
                break;
            case Abort.ErrorTypeOneofCase.GrpcStatus:
                result.GrpcStatus = (uint)Math.Max(0, Array.IndexOf(GrpcStatusNames, abort.GrpcStatus));
                break;
            default:
                return null;
        }
        result.Percentage = abort.Percentage is null ? null : Percentages.Of(abort.Percentage);
        return result;
    }
}
