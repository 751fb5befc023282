using Lateen.Proxy.Filters;
using Lateen.Proxy.RateLimits;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;
using BucketProto = Envoy.Type.V3.TokenBucket;
using LocalProto = Envoy.Extensions.Filters.Http.LocalRatelimit.V3.LocalRateLimit;

namespace Lateen.Proxy.Config.Decode.Filters;

/// <summary>The filter <c>local_ratelimit</c>.</summary>
internal static class LocalRateLimitDecoder
{
    private const int DynamicDescriptorsDefault = 20;
    private const long FillIntervalNanosMin = 50_000_000;

    public static HttpFilter? Filter(FilterSource source) => Decode(source) is { } config
        ? new LocalRateLimitFilter { Name = source.Name, Disabled = source.Disabled, Config = config }
        : null;

    public static object? Route(FilterSource source) => Decode(source);

    /// <summary>A bucket; null when there is none.</summary>
    public static TokenBucket? Bucket(BucketProto? bucket, string path, DecodeContext context)
    {
        if (bucket is null)
        {
            return null;
        }
        var interval = Durations.Nanos(bucket.FillInterval);
        if (interval < FillIntervalNanosMin)
        {
            context.Error(
                $"{path}.fill_interval", "RATE_LIMIT", "local rate limit token bucket fill timer must be >= 50ms");
        }
        return new TokenBucket(bucket.MaxTokens, bucket.TokensPerFill ?? 1, interval);
    }

    private static LocalRateLimitConfig? Decode(FilterSource source)
    {
        var proto = source.Read(LocalProto.Parser);
        var context = source.Context;
        if (proto.StatPrefix.Length == 0)
        {
            source.Error("stat_prefix", "value length must be at least 1 characters");
            return null;
        }
        var status = (int)(proto.Status?.Code ?? 0);
        var scope = context.Stats.GetScope($"{proto.StatPrefix}.http_local_rate_limit.", StatLayout.Empty);
        return new LocalRateLimitConfig(scope)
        {
            NewLimiter = () => NewLimiter(proto, source.Path, context),
            Limiter = NewLimiter(proto, source.Path, context),
            PerConnection = proto.LocalRateLimitPerDownstreamConnection,
            Enabled = Fraction(proto.FilterEnabled),
            Enforced = Fraction(proto.FilterEnforced),
            RequestHeaders = HeaderDecoder.Decode(
                proto.RequestHeadersToAddWhenNotEnforced, [], source.Path, "request_headers", context),
            ResponseHeaders = HeaderDecoder.Decode(
                proto.ResponseHeadersToAdd, [], source.Path, "response_headers", context),
            Policies = RateLimitDecoder.Decode(proto.RateLimits, $"{source.Path}.rate_limits", context),
            Stage = proto.Stage,
            Status = status < 400 ? 429 : status,
            ResourceExhausted = proto.RateLimitedAsResourceExhausted,
            EnableRetryAfter = proto.EnableRetryAfterHeader,
            EnableHeaders = (int)proto.EnableXRatelimitHeaders == 1,
        };
    }

    private static LocalRateLimiter NewLimiter(LocalProto proto, string path, DecodeContext context) => new(
        Bucket(proto.TokenBucket, $"{path}.token_bucket", context),
        proto.Descriptors.Select((descriptor, i) => (
            Entries: descriptor.Entries.Select(entry => new RateLimitEntry(entry.Key, entry.Value)).ToArray(),
            Bucket: Bucket(descriptor.TokenBucket, $"{path}.descriptors[{i}].token_bucket", context)!,
            descriptor.ShadowMode))
            .Where(entry => entry.Bucket is not null)
            .Select(entry => new LocalRateLimitDescriptor(
                entry.Entries, entry.Bucket, entry.ShadowMode,
                proto.MaxDynamicDescriptors is > 0 and var max ? (int)max : DynamicDescriptorsDefault)),
        proto.AlwaysConsumeDefaultTokenBucket ?? true);

    private static FractionalPercent Fraction(Envoy.Config.Core.V3.RuntimeFractionalPercent? fraction) =>
        fraction is null ? new FractionalPercent(0, 100) : MatcherDecoder.DecodeFraction(fraction);
}
