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

    public static object? Route(FilterSource source)
    {
        if (source.Read(LocalProto.Parser).TokenBucket is null)
        {
            source.Error("token_bucket", "local rate limit token bucket must be set for per filter configs");
            return null;
        }
        return Decode(source);
    }

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
        Check(proto, source);
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
            Policies = RateLimitDecoder.DecodeOwn(proto.RateLimits, false, $"{source.Path}.rate_limits", context),
            Stage = proto.Stage,
            VirtualHost = (VirtualHostRateLimits)(int)proto.VhRateLimits,
            SharedBy = proto.LocalClusterRateLimit is null
                ? null : context.Resources.Clusters.GetOrAdd(context.Resources.LocalClusterName),
            Status = status < 400 ? 429 : status,
            ResourceExhausted = proto.RateLimitedAsResourceExhausted,
            EnableRetryAfter = proto.EnableRetryAfterHeader,
            EnableHeaders = (int)proto.EnableXRatelimitHeaders == 1,
        };
    }

    private static void Check(LocalProto proto, FilterSource source)
    {
        if (proto.LocalClusterRateLimit is not null)
        {
            if (proto.LocalRateLimitPerDownstreamConnection)
            {
                source.Error("local_cluster_rate_limit", "local_cluster_rate_limit is set and "
                    + "local_rate_limit_per_downstream_connection is set to true");
            }
            else if (source.Context.Resources.LocalClusterName.Length == 0)
            {
                source.Error("local_cluster_rate_limit",
                    "local_cluster_rate_limit is set but no local cluster name is present");
            }
        }
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var descriptor in proto.Descriptors)
        {
            var text = string.Join(", ", descriptor.Entries.Select(entry => $"{entry.Key}={entry.Value}"));
            if (!seen.Add(text))
            {
                source.Error("descriptors", $"duplicate descriptor in the local rate descriptor: {text}");
            }
        }
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
