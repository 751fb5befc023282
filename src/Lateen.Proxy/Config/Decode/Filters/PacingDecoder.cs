using Envoy.Extensions.Filters.Http.AdaptiveConcurrency.V3;
using Envoy.Extensions.Filters.Http.AdmissionControl.V3;
using Envoy.Extensions.Filters.Http.BandwidthLimit.V3;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Pacing;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Config.Decode.Filters;

/// <summary>Filters that hold requests back by rate, success or time.</summary>
internal static class PacingDecoder
{
    private static readonly int[] GoodGrpc = [0, 1, 2, 3, 5, 6, 7, 9, 11, 12, 16];

    public static HttpFilter? Bandwidth(FilterSource source) => Bandwidth(source, false) is { } config
        ? new BandwidthLimitFilter { Name = source.Name, Disabled = source.Disabled, Config = config } : null;

    public static object? BandwidthRoute(FilterSource source) => Bandwidth(source, true);

    public static HttpFilter? Admission(FilterSource source)
    {
        var proto = source.Read(AdmissionControl.Parser);
        var criteria = proto.SuccessCriteria;
        if (criteria is null)
        {
            source.Error("success_criteria", "value is required");
            return null;
        }
        if (proto.SrThreshold?.DefaultValue is { Value: < 1 })
        {
            source.Error("sr_threshold", "Success rate threshold cannot be less than 1.0%.");
        }
        foreach (var range in criteria.HttpCriteria?.HttpSuccessStatus ?? [])
        {
            if (range.Start < 100 || range.End > 600 || range.Start >= range.End)
            {
                source.Error("success_criteria", $"invalid HTTP range: [{range.Start}, {range.End})");
            }
        }
        var window = Durations.Nanos(proto.SamplingWindow, 30_000_000_000) / 1_000_000_000;
        return new AdmissionControlFilter(source.Scope!, source.Context.Resources.WorkerCount)
        {
            Name = source.Name,
            Disabled = source.Disabled,
            Config = new AdmissionControlConfig
            {
                Enabled = Flag(proto.Enabled),
                WindowSeconds = (int)Math.Clamp(window, 1, 86_400),
                Aggression = new RuntimeNumber(
                    proto.Aggression?.DefaultValue ?? 1, proto.Aggression?.RuntimeKey ?? ""),
                Threshold = new RuntimeNumber(
                    proto.SrThreshold?.DefaultValue?.Value ?? 95, proto.SrThreshold?.RuntimeKey ?? ""),
                RequestsPerSecondMin = new RuntimeNumber(
                    proto.RpsThreshold?.DefaultValue ?? 0, proto.RpsThreshold?.RuntimeKey ?? ""),
                RejectionMax = new RuntimeNumber(
                    proto.MaxRejectionProbability?.DefaultValue?.Value ?? 80,
                    proto.MaxRejectionProbability?.RuntimeKey ?? ""),
                GoodHttp =
                    [.. criteria.HttpCriteria?.HttpSuccessStatus.Select(range => (range.Start, range.End)) ?? []],
                GoodGrpc = criteria.GrpcCriteria is { } grpc
                    ? [.. grpc.GrpcSuccessStatus.Select(code => (int)code)] : [.. GoodGrpc],
            },
        };
    }

    public static HttpFilter? Adaptive(FilterSource source)
    {
        var proto = source.Read(AdaptiveConcurrency.Parser);
        var gradient = proto.GradientControllerConfig;
        var (limit, rtt) = (gradient?.ConcurrencyLimitParams, gradient?.MinRttCalcParams);
        if (limit?.MinConcurrencyLimit is not null)
        {
            source.Error("gradient_controller_config.concurrency_limit_params.min_concurrency_limit",
                "min_concurrency_limit is not supported");
            return null;
        }
        if (limit?.ConcurrencyUpdateInterval is null || (rtt?.Interval is null && rtt?.FixedValue is null))
        {
            source.Error("gradient_controller_config",
                "adaptive_concurrency: neither `concurrency_update_interval` nor `fixed_value` set");
            return null;
        }
        var config = new GradientConfig(
            (gradient!.SampleAggregatePercentile?.Value ?? 50) / 100, (int)(rtt.MinConcurrency ?? 3),
            (int)(limit.MaxConcurrencyLimit ?? 1000), Durations.Nanos(limit.ConcurrencyUpdateInterval),
            Durations.Nanos(rtt.Interval), (int)(rtt.RequestCount ?? 50), (rtt.Jitter?.Value ?? 15) / 100,
            (rtt.Buffer?.Value ?? 25) / 100, rtt.FixedValue is null ? null : Durations.Nanos(rtt.FixedValue));
        var status = (int)(proto.ConcurrencyLimitExceededStatus?.Code ?? 0);
        return new AdaptiveConcurrencyFilter(source.Scope!)
        {
            Name = source.Name,
            Disabled = source.Disabled,
            Controller = new GradientController(config, source.Scope!, source.Context.Resources.RandomSeed),
            Enabled = Flag(proto.Enabled),
            Status = status < 400 ? 503 : status,
        };
    }

    private static BandwidthLimitConfig? Bandwidth(FilterSource source, bool isRoute)
    {
        const long FillNanosDefault = 50_000_000;
        var proto = source.Read(BandwidthLimit.Parser);
        var mode = proto.EnableMode;
        if (mode != BandwidthLimit.Types.EnableMode.Disabled && proto.LimitKbps is null && isRoute)
        {
            source.Error("limit_kbps", "limit must be set for per route filter config");
            return null;
        }
        if (proto.StatPrefix.Length == 0)
        {
            source.Error("stat_prefix", "value length must be at least 1 characters");
            return null;
        }
        var fill = Durations.Nanos(proto.FillInterval, FillNanosDefault);
        if (fill is < 20_000_000 or > 1_000_000_000)
        {
            source.Error("fill_interval", "value must be inside range [20ms, 1s]");
        }
        var scope = source.Context.Stats.GetScope($"{proto.StatPrefix}.http_bandwidth_limit.", StatLayout.Empty);
        return new BandwidthLimitConfig(scope)
        {
            Bucket = proto.LimitKbps is { } limit and > 0
                ? new BandwidthBucket((long)Math.Min(limit, 1L << 40) * 1024, fill) : null,
            LimitsRequests = mode is BandwidthLimit.Types.EnableMode.Request
                or BandwidthLimit.Types.EnableMode.RequestAndResponse,
            LimitsResponses = mode is BandwidthLimit.Types.EnableMode.Response
                or BandwidthLimit.Types.EnableMode.RequestAndResponse,
            IsEnabled = proto.RuntimeEnabled?.DefaultValue ?? true,
            RuntimeKey = proto.RuntimeEnabled is { RuntimeKey.Length: > 0 } flag ? flag.RuntimeKey : null,
            HasTrailers = proto.EnableResponseTrailers,
            TrailerPrefix = proto.ResponseTrailerPrefix.Length > 0 ? $"{proto.ResponseTrailerPrefix}-" : "",
        };
    }

    private static RuntimeNumber Flag(Envoy.Config.Core.V3.RuntimeFeatureFlag? flag) =>
        new(flag is null || (flag.DefaultValue ?? true) ? 1 : 0, flag?.RuntimeKey ?? "");
}
