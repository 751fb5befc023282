using System.Text;
using Lateen.Http;
using RetryPolicy = Lateen.Proxy.Routing.RetryPolicy;
using RetryPolicyProto = Envoy.Config.Route.V3.RetryPolicy;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Retry policies.</summary>
internal static class RetryDecoder
{
    private const string PreviousHosts = "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate";
    private const string OmitCanary = "envoy.extensions.retry.host.omit_canary_hosts.v3.OmitCanaryHostsPredicate";

    public static RetryPolicy? Decode(RetryPolicyProto? policy, string path, DecodeContext context)
    {
        if (policy is null)
        {
            return null;
        }
        var baseInterval = Durations.Nanos(policy.RetryBackOff?.BaseInterval, 25_000_000);
        var maxInterval = Durations.Nanos(policy.RetryBackOff?.MaxInterval, baseInterval * 10);
        if (policy.RetryBackOff is not null && (baseInterval < 1_000_000 || maxInterval < baseInterval))
        {
            context.Error($"{path}.retry_back_off", "RETRY",
                "retry_policy.max_interval must greater than or equal to the base_interval, and that at least 1ms");
        }
        var avoidPrevious = false;
        for (var i = 0; i < policy.RetryHostPredicate.Count; i++)
        {
            var predicate = policy.RetryHostPredicate[i];
            var type = TypedConfigs.Open(predicate.TypedConfig, out _, out _);
            avoidPrevious |= type == PreviousHosts || predicate.Name == "envoy.retry_host_predicates.previous_hosts";
            if (type is not (PreviousHosts or OmitCanary)
                && !predicate.Name.StartsWith("envoy.retry_host_predicates.", StringComparison.Ordinal))
            {
                TypedConfigs.ReportUnknown(
                    predicate.Name, predicate.TypedConfig, $"{path}.retry_host_predicate[{i}]", context);
            }
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
            HostSelectionAttemptsMax = (int)Math.Max(1, policy.HostSelectionRetryMaxAttempts),
        };
    }
}
