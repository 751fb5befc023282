using Google.Protobuf;
using Lateen.Proxy.Filters;
using Lateen.Proxy.RateLimits;
using Lateen.Proxy.Routing;
using PerRouteProto = Envoy.Extensions.Filters.Http.Ratelimit.V3.RateLimitPerRoute;
using RateLimitProto = Envoy.Extensions.Filters.Http.Ratelimit.V3.RateLimit;
using RoutePolicyProto = Envoy.Config.Route.V3.RateLimit;

namespace Lateen.Proxy.Config.Decode.Filters;

/// <summary>The filter <c>ratelimit</c>.</summary>
internal static class RateLimitFilterDecoder
{
    private const long TimeoutNanosDefault = 20_000_000;

    public static HttpFilter? Filter(FilterSource source)
    {
        var proto = source.Read(RateLimitProto.Parser);
        var context = source.Context;
        if (proto.Domain.Length == 0)
        {
            source.Error("domain", "value length must be at least 1 characters");
            return null;
        }
        if (proto.RequestType is not ("" or "internal" or "external" or "both"))
        {
            source.Error("request_type", "value must be in list [internal, external, both, ]");
        }
        var service = GrpcTargetDecoder.Decode(
            proto.RateLimitService?.GrpcService, Durations.Nanos(proto.Timeout, TimeoutNanosDefault),
            $"{source.Path}.rate_limit_service.grpc_service", context);
        if (service is null)
        {
            return null;
        }
        var status = (int)(proto.RateLimitedStatus?.Code ?? 0);
        var config = new RateLimitConfig
        {
            Service = service,
            Domain = proto.Domain,
            Stage = proto.Stage,
            InternalOnly = proto.RequestType == "internal",
            ExternalOnly = proto.RequestType == "external",
            FailureModeDeny = proto.FailureModeDeny,
            DenyShare = proto.FailureModeDenyPercent is null
                ? null : MatcherDecoder.DecodeFraction(proto.FailureModeDenyPercent),
            ResourceExhausted = proto.RateLimitedAsResourceExhausted,
            EnableRetryAfter = proto.EnableRetryAfterHeader,
            EnableHeaders = (int)proto.EnableXRatelimitHeaders == 1,
            DisableLimitedHeader = proto.DisableXEnvoyRatelimitedHeader,
            Status = status < 400 ? 429 : status,
            StatusOnError = proto.StatusOnError is { } onError && (int)onError.Code > 0 ? (int)onError.Code : 500,
            ResponseHeaders = HeaderDecoder.Decode(
                proto.ResponseHeadersToAdd, [], source.Path, "response_headers", context),
            StatPrefix = proto.StatPrefix.Length > 0 ? $"{proto.StatPrefix}." : "",
            Enabled = Fraction(proto.FilterEnabled, "ratelimit.http_filter_enabled"),
            Enforced = Fraction(proto.FilterEnforced, "ratelimit.http_filter_enforcing"),
            Policies = RateLimitDecoder.DecodeOwn(proto.RateLimits, true, $"{source.Path}.rate_limits", context),
        };
        return new RateLimitFilter
        {
            Name = source.Name,
            Disabled = source.Disabled,
            Config = proto.MetadataNamespace.Length == 0
                ? config : config with { MetadataNamespace = proto.MetadataNamespace },
        };
    }

    public static object Route(FilterSource source)
    {
        var proto = source.Read(PerRouteProto.Parser);

        // The packaged message names another type for its policies; on the wire both are the same.
        RoutePolicyProto[] policies =
            [.. proto.RateLimits.Select(policy => RoutePolicyProto.Parser.ParseFrom(policy.ToByteString()))];
        for (var i = 0; i < policies.Length; i++)
        {
            // Only the stage is a plain number there, which matters when it was read from JSON.
            policies[i].Stage ??= proto.RateLimits[i].Stage > 0 ? proto.RateLimits[i].Stage : null;
        }
        return new RateLimitRouteSettings(
            proto.Domain, (VirtualHostRateLimits)(int)proto.VhRateLimits,
            RateLimitDecoder.DecodeOwn(policies, true, $"{source.Path}.rate_limits", source.Context));
    }

    private static FractionalPercent Fraction(Envoy.Config.Core.V3.RuntimeFractionalPercent? fraction, string key) =>
        fraction is null ? new FractionalPercent(100, 100, key) : MatcherDecoder.DecodeFraction(fraction);
}
