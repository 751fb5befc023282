using Envoy.Extensions.Filters.Http.Fault.V3;
using Lateen.Proxy.Filters;

namespace Lateen.Proxy.Config.Decode.Filters;

/// <summary>The filter <c>fault</c>.</summary>
internal static class FaultDecoder
{
    /// <summary>Settings of the chain or of a route.</summary>
    public static FaultConfig Decode(HTTPFault fault, string path, DecodeContext context)
    {
        if (fault.Abort is { ErrorTypeCase: FaultAbort.ErrorTypeOneofCase.HttpStatus, HttpStatus: < 200 or > 599 })
        {
            context.Error($"{path}.abort.http_status", "FAULT", "value must be inside range [200, 600)");
        }
        if (fault.Abort is { ErrorTypeCase: FaultAbort.ErrorTypeOneofCase.None })
        {
            context.Error($"{path}.abort", "FAULT", "error_type is required");
        }
        if (fault.Delay?.FixedDelay is { } delay && Durations.Nanos(delay) <= 0)
        {
            context.Error($"{path}.delay.fixed_delay", "FAULT", "value must be greater than 0s");
        }
        return new FaultConfig
        {
            AbortBody = fault.Abort is { ResponseBody.Length: > 0 } abort
                ? System.Text.Encoding.UTF8.GetBytes(abort.ResponseBody) : "fault filter abort"u8.ToArray(),
            DelayKey = OrDefault(fault.DelayDurationRuntime, "fault.http.delay.fixed_duration_ms"),
            StatusKey = OrDefault(fault.AbortHttpStatusRuntime, "fault.http.abort.http_status"),
            GrpcStatusKey = OrDefault(fault.AbortGrpcStatusRuntime, "fault.http.abort.grpc_status"),
            MaxActiveKey = OrDefault(fault.MaxActiveFaultsRuntime, "fault.http.max_active_faults"),
            CountsDownstreamClusters = !fault.DisableDownstreamClusterStats,
            Metadata = fault.FilterMetadata,
            DelayNanos = Durations.Nanos(fault.Delay?.FixedDelay),
            DelayByHeader = fault.Delay?.HeaderDelay is not null,
            DelayShare = MatcherDecoder.DecodePercent(fault.Delay?.Percentage) with
            {
                RuntimeKey = OrDefault(fault.DelayPercentRuntime, "fault.http.delay.fixed_delay_percent"),
            },
            AbortStatus = fault.Abort?.ErrorTypeCase == FaultAbort.ErrorTypeOneofCase.HttpStatus
                ? (int)fault.Abort.HttpStatus : 0,
            AbortGrpcStatus = fault.Abort?.ErrorTypeCase == FaultAbort.ErrorTypeOneofCase.GrpcStatus
                ? (int)fault.Abort.GrpcStatus
                : -1,
            AbortByHeader = fault.Abort?.HeaderAbort is not null,
            AbortShare = MatcherDecoder.DecodePercent(fault.Abort?.Percentage) with
            {
                RuntimeKey = OrDefault(fault.AbortPercentRuntime, "fault.http.abort.abort_percent"),
            },
            UpstreamCluster = fault.UpstreamCluster,
            Headers = MatcherDecoder.DecodeHeaders(fault.Headers, $"{path}.headers", context),
            DownstreamNodes = [.. fault.DownstreamNodes.Select(System.Text.Encoding.UTF8.GetBytes)],
            ResponseRate = (long)Math.Min(fault.ResponseRateLimit?.FixedLimit?.LimitKbps ?? 0, 1UL << 40) * 1024,
            ResponseRateByHeader = fault.ResponseRateLimit?.HeaderLimit is not null,
            ResponseRateShare = MatcherDecoder.DecodePercent(fault.ResponseRateLimit?.Percentage) with
            {
                RuntimeKey = OrDefault(
                    fault.ResponseRateLimitPercentRuntime, "fault.http.rate_limit.response_percent"),
            },
            MaxActiveFaults = fault.MaxActiveFaults ?? uint.MaxValue,
        };
    }

    private static string OrDefault(string key, string standard) => key.Length > 0 ? key : standard;
}
