using Istio.Networking.V1Alpha3;
using Lateen.Core.Yaml;

namespace Lateen.Galley.Validation;

/// <summary>Faults that an HTTP rule injects.</summary>
internal static class FaultRules
{
    private const string Code = "virtualService.http.fault";

    private static readonly string[] _grpcStatus =
    [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
        "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
        "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    ];

    public static void Validate(Findings findings, HTTPFaultInjection? fault, string path)
    {
        if (fault is null)
        {
            return;
        }

        findings.Require(fault.Delay is not null || fault.Abort is not null, path, Code,
            "a fault is a delay or an abort");
        Delay(findings, fault.Delay, NodePath.Field(path, "delay"));
        Abort(findings, fault.Abort, NodePath.Field(path, "abort"));
    }

    private static void Delay(Findings findings, HTTPFaultInjection.Types.Delay? delay, string path)
    {
        if (delay is null)
        {
            return;
        }

        CommonRules.Percent(findings, delay.Percentage?.Value ?? 0, NodePath.Field(path, "percentage"));
#pragma warning disable CS0612 // The old field is read to be judged.
        var old = delay.Percent;
#pragma warning restore CS0612
        findings.Require(old is >= 0 and <= 100, NodePath.Field(path, "percent"), "percentage",
            $"{old} is no percentage");
        switch (delay.HttpDelayTypeCase)
        {
            case HTTPFaultInjection.Types.Delay.HttpDelayTypeOneofCase.FixedDelay:
                CommonRules.Duration(findings, delay.FixedDelay, NodePath.Field(path, "fixedDelay"));
                break;
            case HTTPFaultInjection.Types.Delay.HttpDelayTypeOneofCase.ExponentialDelay:
                CommonRules.Duration(findings, delay.ExponentialDelay, NodePath.Field(path, "exponentialDelay"));
                findings.Error(NodePath.Field(path, "exponentialDelay"), Code, "exponentialDelay is not supported",
                    "Use fixedDelay.");
                break;
        }
    }

    private static void Abort(Findings findings, HTTPFaultInjection.Types.Abort? abort, string path)
    {
        if (abort is null)
        {
            return;
        }

        CommonRules.Percent(findings, abort.Percentage?.Value ?? 0, NodePath.Field(path, "percentage"));
        switch (abort.ErrorTypeCase)
        {
            case HTTPFaultInjection.Types.Abort.ErrorTypeOneofCase.HttpStatus:
                HttpActionRules.Status(findings, abort.HttpStatus, NodePath.Field(path, "httpStatus"), Code);
                break;
            case HTTPFaultInjection.Types.Abort.ErrorTypeOneofCase.GrpcStatus:
                findings.Require(_grpcStatus.Contains(abort.GrpcStatus), NodePath.Field(path, "grpcStatus"), Code,
                    $"\"{abort.GrpcStatus}\" is no gRPC status", $"They are: {string.Join(", ", _grpcStatus)}.");
                break;
            case HTTPFaultInjection.Types.Abort.ErrorTypeOneofCase.Http2Error:
                findings.Error(NodePath.Field(path, "http2Error"), Code, "http2Error is not supported",
                    "Use httpStatus or grpcStatus.");
                break;
            default:
                findings.Warning(path, Code, "an abort without a status does nothing", "Set httpStatus or grpcStatus.");
                break;
        }
    }
}
