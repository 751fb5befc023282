using System.Text;
using Envoy.Extensions.Retry.Host.OmitHostMetadata.V3;
using Envoy.Extensions.Retry.Priority.PreviousPriorities.V3;
using Lateen.Http;
using Lateen.Proxy.Clusters;
using RetryPolicy = Lateen.Proxy.Routing.RetryPolicy;
using RetryPolicyProto = Envoy.Config.Route.V3.RetryPolicy;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Retry policies.</summary>
internal static class RetryDecoder
{
    private const string PreviousHosts = "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate";
    private const string OmitCanary = "envoy.extensions.retry.host.omit_canary_hosts.v3.OmitCanaryHostsPredicate";

    private const string OmitMetadata =
        "envoy.extensions.retry.host.omit_host_metadata.v3.OmitHostMetadataConfig";
    private const string PreviousPriorities =
        "envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig";

    public static RetryPolicy? Decode(RetryPolicyProto? policy, string path, DecodeContext context) => policy is null
        ? null
        : context.ShareDecoded(policy, () => DecodeOwn(policy, path, context));

    /// <summary>The policy of a call of the proxy's own.</summary>
    public static RetryPolicy? OfCall(
        Envoy.Config.Core.V3.RetryPolicy? policy, string path, DecodeContext context, string retryOn = "")
    {
        if (policy is null)
        {
            return null;
        }
        var result = new RetryPolicyProto
        {
            RetryOn = policy.RetryOn.Length > 0 ? policy.RetryOn : retryOn,
            NumRetries = policy.NumRetries,
            RetryBackOff = new RetryPolicyProto.Types.RetryBackOff
            {
                BaseInterval = policy.RetryBackOff?.BaseInterval
                    ?? new Google.Protobuf.WellKnownTypes.Duration { Seconds = 1 },
                MaxInterval = policy.RetryBackOff?.MaxInterval,
            },
        };
        return DecodeOwn(result, path, context);
    }

    private static RetryPolicy DecodeOwn(RetryPolicyProto policy, string path, DecodeContext context)
    {
        var baseInterval = Durations.Nanos(policy.RetryBackOff?.BaseInterval, 25_000_000);
        var maxInterval = Durations.Nanos(policy.RetryBackOff?.MaxInterval, baseInterval * 10);
        CheckIntervals(policy, path, context);
        // Sub-millisecond intervals count as one.
        baseInterval = Math.Max(baseInterval, 1_000_000);
        maxInterval = Math.Max(maxInterval, 1_000_000);
        var (avoidPrevious, avoidCanaries) = (false, false);
        SubsetCriteria? avoidMetadata = null;
        for (var i = 0; i < policy.RetryHostPredicate.Count; i++)
        {
            var predicate = policy.RetryHostPredicate[i];
            var type = TypedConfigs.Open(predicate.TypedConfig, out var bytes, out var fields);
            switch (type.Length > 0 ? type : predicate.Name)
            {
                case PreviousHosts or "envoy.retry_host_predicates.previous_hosts":
                    avoidPrevious = true;
                    break;
                case OmitCanary or "envoy.retry_host_predicates.omit_canary_hosts":
                    avoidCanaries = true;
                    break;
                case OmitMetadata:
                    var omit = TypedConfigs.Read(OmitHostMetadataConfig.Parser, bytes, fields);
                    avoidMetadata = SubsetCriteria.From(
                        omit.MetadataMatch?.FilterMetadata.GetValueOrDefault("envoy.lb"));
                    break;
                default:
                    TypedConfigs.ReportUnknown(
                        predicate.Name, predicate.TypedConfig, $"{path}.retry_host_predicate[{i}]", context);
                    break;
            }
        }
        if (policy.RetryOptionsPredicates.Count > 0)
        {
            TypedConfigs.ReportUnknown(
                policy.RetryOptionsPredicates[0].Name, policy.RetryOptionsPredicates[0].TypedConfig,
                $"{path}.retry_options_predicates[0]", context);
        }
        return new RetryPolicy
        {
            On = RetryPolicy.ParseOn(Encoding.UTF8.GetBytes(policy.RetryOn)),
            RetryCount = (int)Math.Min(policy.NumRetries ?? 1, int.MaxValue),
            PerTryTimeoutNanos = Durations.Nanos(policy.PerTryTimeout),
            PerTryIdleTimeoutNanos = Durations.Nanos(policy.PerTryIdleTimeout),
            RetriableStatusCodes = [.. policy.RetriableStatusCodes],
            RetriableHeaders =
                MatcherDecoder.DecodeHeaders(policy.RetriableHeaders, $"{path}.retriable_headers", context),
            RetriableRequestHeaders = MatcherDecoder.DecodeHeaders(
                policy.RetriableRequestHeaders, $"{path}.retriable_request_headers", context),
            BaseIntervalNanos = baseInterval,
            MaxIntervalNanos = maxInterval,
            ResetHeaders = [.. policy.RateLimitedRetryBackOff?.ResetHeaders.Select(header => (
                HeaderName.Create(header.Name),
                header.Format == RetryPolicyProto.Types.ResetHeaderFormat.UnixTimestamp)) ?? []],
            ResetMaxIntervalNanos = Durations.Nanos(policy.RateLimitedRetryBackOff?.MaxInterval, 300_000_000_000),
            AvoidPreviousHosts = avoidPrevious,
            AvoidCanaries = avoidCanaries,
            AvoidMetadata = avoidMetadata,
            PriorityUpdateFrequency = PriorityFrequency(policy, $"{path}.retry_priority", context),
            HostSelectionAttemptsMax = (int)Math.Max(1, policy.HostSelectionRetryMaxAttempts),
        };
    }

    private static void CheckIntervals(RetryPolicyProto policy, string path, DecodeContext context)
    {
        if (policy.RetryBackOff is { } backOff)
        {
            var least = Durations.Nanos(backOff.BaseInterval);
            if (least <= 0 || (backOff.MaxInterval is { } max && (Durations.Nanos(max) <= 0
                || Math.Max(1, Durations.Nanos(max) / 1_000_000) < Math.Max(1, least / 1_000_000))))
            {
                context.Error($"{path}.retry_back_off", "RETRY", least <= 0
                    ? "a base_interval greater than 0s is required"
                    : "retry_policy.max_interval must greater than or equal to the base_interval");
            }
        }
        if (policy.RateLimitedRetryBackOff is { } limited
            && (limited.ResetHeaders.Count == 0 || limited.ResetHeaders.Any(header => header.Name.Length == 0)))
        {
            context.Error($"{path}.rate_limited_retry_back_off.reset_headers", "RETRY",
                "at least one header with a name is required");
        }
    }

    private static int PriorityFrequency(RetryPolicyProto policy, string path, DecodeContext context)
    {
        if (policy.RetryPriority is not { } priority)
        {
            return 0;
        }
        var type = TypedConfigs.Open(priority.TypedConfig, out var bytes, out var fields);
        if (type != PreviousPriorities)
        {
            TypedConfigs.ReportUnknown(priority.Name, priority.TypedConfig, path, context);
            return 0;
        }
        var frequency = TypedConfigs.Read(PreviousPrioritiesConfig.Parser, bytes, fields).UpdateFrequency;
        if (frequency <= 0)
        {
            context.Error($"{path}.typed_config.update_frequency", "RETRY", "value must be greater than 0");
        }
        return frequency;
    }
}
