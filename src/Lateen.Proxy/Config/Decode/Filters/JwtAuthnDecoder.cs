using System.Text;
using Envoy.Extensions.Filters.Http.JwtAuthn.V3;
using Lateen.Http;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Jwt;
using Lateen.Proxy.Routing;
using ProviderProto = Envoy.Extensions.Filters.Http.JwtAuthn.V3.JwtProvider;
using RequirementProto = Envoy.Extensions.Filters.Http.JwtAuthn.V3.JwtRequirement;

namespace Lateen.Proxy.Config.Decode.Filters;

/// <summary>The filter <c>jwt_authn</c>.</summary>
internal static class JwtAuthnDecoder
{
    private const long KeysNanosDefault = 600_000_000_000;
    private const long FailedNanosDefault = 1_000_000_000;
    private const int CachedTokensDefault = 100;
    private const int CachedTokenBytesDefault = 4096;

    public static HttpFilter? Filter(FilterSource source)
    {
        var config = source.Read(JwtAuthentication.Parser);
        var errors = source.Context.Errors.Count;
        var providers = config.Providers
            .Select(entry => DecodeProvider(entry.Key, entry.Value, source)).ToDictionary(p => p.Name);
        var named = config.RequirementMap
            .ToDictionary(entry => entry.Key, entry => DecodeRequirement(entry.Value, providers, source));
        var rules = new List<(RouteMatcher, Jwt.JwtRequirement)>();
        for (var i = 0; i < config.Rules.Count; i++)
        {
            var rule = config.Rules[i];
            if (RouteMatchDecoder.Decode(rule.Match, $"{source.Path}.rules[{i}].match", source.Context) is { } match)
            {
                rules.Add((match, RequirementOf(rule, named, providers, source)));
            }
        }
        if (source.Context.Errors.Count > errors)
        {
            return null;
        }
        var stats = new JwtAuthnStats(source.Scope!, Prefix(config.StatPrefix));
        return new JwtAuthnFilter
        {
            Name = source.Name,
            Disabled = source.Disabled,
            Stats = stats,
            Awaited = [.. providers.Values.Where(provider => KeepFresh(provider, stats, source.Context.Resources))],
            Rules = [.. rules],
            Named = named,
            FilterStateName = config.FilterStateRules?.Name ?? "",
            ByFilterState = config.FilterStateRules?.Requires.ToDictionary(
                entry => entry.Key, entry => DecodeRequirement(entry.Value, providers, source)) ?? [],
            BypassCorsPreflight = config.BypassCorsPreflight,
            StripFailureResponse = config.StripFailureResponse,
            OwnHeaders = [.. providers.Values.SelectMany(HeadersOf)],
        };
    }

    /// <summary>Fetches keys ahead where the provider wants it; true where the listener waits for them.</summary>
    private static bool KeepFresh(Jwt.JwtProvider provider, Jwt.JwtAuthnStats stats, ProxyResources resources)
    {
        if (provider.Fetch is not { IsAhead: true } fetch || resources.MainWorker?.Invoke() is not { } worker)
        {
            return false;
        }
        provider.IsSettled = !fetch.HoldsListener;
        Jwt.JwtKeyRefresher.Keep(worker, provider, stats, resources.ListenersSettled);
        return fetch.HoldsListener;
    }

    private static Jwt.JwtFetch? DecodeFetch(RemoteJwks? proto, string path, DecodeContext context)
    {
        if (proto?.HttpUri is not { } uri)
        {
            return null;
        }
        var (host, target) = SplitUri(uri.Uri);
        return new Jwt.JwtFetch
        {
            Cluster = context.Cluster(uri.Cluster),
            Host = Encoding.ASCII.GetBytes(host),
            Path = Encoding.ASCII.GetBytes(target),
            TimeoutNanos = Durations.Nanos(uri.Timeout),
            Retries = RetryDecoder.OfCall(
                proto.RetryPolicy, $"{path}.retry_policy", context, "5xx,gateway-error,connect-failure,reset"),
            KeysNanos = Durations.Nanos(proto.CacheDuration, KeysNanosDefault),
            IsAhead = proto.AsyncFetch is not null,
            HoldsListener = proto.AsyncFetch is { FastListener: false },
            FailedNanos = Durations.Nanos(proto.AsyncFetch?.FailedRefetchDuration, FailedNanosDefault),
        };
    }

    public static object Route(FilterSource source)
    {
        var config = source.Read(PerRouteConfig.Parser);
        return new JwtRouteSettings(config.Disabled, config.RequirementName);
    }

    private static string Prefix(string prefix) =>
        prefix.Length == 0 ? "jwt_authn." : $"jwt_authn.{prefix.TrimEnd('.')}.";

    private static IEnumerable<HeaderName> HeadersOf(Jwt.JwtProvider provider)
    {
        var headers = provider.ClaimHeaders.Select(claim => claim.Header);
        return provider.PayloadHeader is { } payload ? headers.Append(payload) : headers;
    }

    private static Jwt.JwtRequirement RequirementOf(
        RequirementRule rule, Dictionary<string, Jwt.JwtRequirement> named,
        Dictionary<string, Jwt.JwtProvider> providers, FilterSource source)
    {
        if (rule.RequirementName.Length == 0)
        {
            return DecodeRequirement(rule.Requires, providers, source);
        }
        if (!named.TryGetValue(rule.RequirementName, out var requirement))
        {
            source.Error("rules", $"Wrong requirement_name: {rule.RequirementName}. It should be one of "
                + $"[{string.Join(", ", named.Keys)}]");
        }
        return requirement ?? new Jwt.JwtRequirement.None();
    }

    private static Jwt.JwtRequirement DecodeRequirement(
        RequirementProto? requirement, Dictionary<string, Jwt.JwtProvider> providers, FilterSource source)
    {
        switch (requirement?.RequiresTypeCase)
        {
            case RequirementProto.RequiresTypeOneofCase.ProviderName:
                return OfProvider(requirement.ProviderName, null, providers, source);
            case RequirementProto.RequiresTypeOneofCase.ProviderAndAudiences:
                var pair = requirement.ProviderAndAudiences;
                return OfProvider(pair.ProviderName, [.. pair.Audiences], providers, source);
            case RequirementProto.RequiresTypeOneofCase.RequiresAll:
                return new Jwt.JwtRequirement.All([.. requirement.RequiresAll.Requirements
                    .Select(entry => DecodeRequirement(entry, providers, source))]);
            case RequirementProto.RequiresTypeOneofCase.RequiresAny:
                var list = requirement.RequiresAny.Requirements;
                return new Jwt.JwtRequirement.Any(
                    [.. list.Where(entry => entry.RequiresTypeCase is not (
                            RequirementProto.RequiresTypeOneofCase.AllowMissing
                            or RequirementProto.RequiresTypeOneofCase.AllowMissingOrFailed))
                        .Select(entry => DecodeRequirement(entry, providers, source))],
                    list.Any(entry => entry.RequiresTypeCase == RequirementProto.RequiresTypeOneofCase.AllowMissing),
                    list.Any(entry =>
                        entry.RequiresTypeCase == RequirementProto.RequiresTypeOneofCase.AllowMissingOrFailed));
            case RequirementProto.RequiresTypeOneofCase.AllowMissing:
                return new Jwt.JwtRequirement.Optional([.. providers.Values], false);
            case RequirementProto.RequiresTypeOneofCase.AllowMissingOrFailed:
                return new Jwt.JwtRequirement.Optional([.. providers.Values], true);
            case RequirementProto.RequiresTypeOneofCase.ExtractOnlyWithoutValidation:
                var header = requirement.ExtractOnlyWithoutValidation.VerificationStatusHeader;
                return new Jwt.JwtRequirement.Unverified(
                    [.. providers.Values], HeaderName.Create(header.Length > 0 ? header : "x-jwt-signature-verified"));
            default:
                return new Jwt.JwtRequirement.None();
        }
    }

    private static Jwt.JwtRequirement OfProvider(
        string name, string[]? audiences, Dictionary<string, Jwt.JwtProvider> providers, FilterSource source)
    {
        if (providers.TryGetValue(name, out var provider))
        {
            return new Jwt.JwtRequirement.Provider(provider, audiences is { Length: > 0 }
                ? [.. audiences.Select(Jwt.JwtProvider.Plain)] : null);
        }
        source.Error("rules", $"Required provider ['{name}'] is not configured.");
        return new Jwt.JwtRequirement.None();
    }

    private static Jwt.JwtProvider DecodeProvider(string name, ProviderProto proto, FilterSource source)
    {
        var at = $"{source.Path}.providers[{name}]";
        var context = source.Context;
        var provider = new Jwt.JwtProvider
        {
            Name = name,
            Issuer = proto.Issuer,
            Audiences = [.. proto.Audiences.Select(Jwt.JwtProvider.Plain)],
            Subjects = proto.Subjects is null ? null
                : MatcherDecoder.DecodeString(proto.Subjects, $"{at}.subjects", context),
            RequireExpiration = proto.RequireExpiration,
            LifetimeSecondsMax = proto.MaxLifetime?.Seconds,
            ClockSkewSeconds = proto.ClockSkewSeconds > 0 ? proto.ClockSkewSeconds : 60,
            Locations = DecodeLocations(proto),
            Forward = proto.Forward,
            PayloadHeader = proto.ForwardPayloadHeader.Length > 0
                ? HeaderName.Create(proto.ForwardPayloadHeader) : null,
            PadPayloadHeader = proto.PadForwardPayloadHeader,
            ClaimHeaders = [.. proto.ClaimToHeaders.Select(
                claim => (HeaderName.Create(claim.HeaderName), PathOf(claim)))],
            PayloadMetadataKey = proto.PayloadInMetadata,
            HeaderMetadataKey = proto.HeaderInMetadata,
            FailureMetadataKey = proto.FailedStatusInMetadata,
            SpaceDelimitedClaims = [.. proto.NormalizePayloadInMetadata?.SpaceDelimitedClaims ?? []],
            ClearRouteCache = proto.ClearRouteCache,
            Cache = proto.JwtCacheConfig is null ? null : new JwtCache(
                proto.JwtCacheConfig.JwtCacheSize > 0 ? (int)proto.JwtCacheConfig.JwtCacheSize : CachedTokensDefault,
                proto.JwtCacheConfig.JwtMaxTokenSize > 0
                    ? (int)proto.JwtCacheConfig.JwtMaxTokenSize : CachedTokenBytesDefault),
            Fetch = DecodeFetch(proto.RemoteJwks, $"{at}.remote_jwks", context),
        };
        if (proto.RemoteJwks is null)
        {
            var bytes = DataSourceReader.Read(proto.LocalJwks, $"{at}.local_jwks", context);
            if (bytes is null)
            {
                context.Error(at, "JWT", "remote_jwks or local_jwks is required");
            }
            else
            {
                var keys = bytes.Length == 0 ? new JwtKeySet([]) : JwtKeySet.TryParse(bytes);
                if (keys is null)
                {
                    context.Error(at, "JWT", $"Provider '{name}' in jwt_authn config has invalid local jwks");
                }
                provider.SetKeys(keys ?? new JwtKeySet([]), long.MaxValue);
            }
        }
        return provider;
    }

    private static string[] PathOf(JwtClaimToHeader claim) => claim.ClaimPath.Count > 0
        ? [.. claim.ClaimPath.Select(segment => segment.Key)]
        : claim.ClaimName.Split('.');

    private static JwtLocation[] DecodeLocations(ProviderProto proto)
    {
        if (proto.FromHeaders.Count == 0 && proto.FromParams.Count == 0 && proto.FromCookies.Count == 0)
        {
            return
            [
                new JwtLocation.Header(HeaderName.Of(HeaderId.Authorization), "Bearer "u8.ToArray(), true),
                new JwtLocation.Parameter("access_token"u8.ToArray()),
            ];
        }
        return
        [
            .. proto.FromHeaders.Select(header => new JwtLocation.Header(
                HeaderName.Create(header.Name), Encoding.UTF8.GetBytes(header.ValuePrefix), false)),
            .. proto.FromParams.Select(parameter => new JwtLocation.Parameter(Encoding.UTF8.GetBytes(parameter))),
            .. proto.FromCookies.Select(cookie => new JwtLocation.Cookie(Encoding.UTF8.GetBytes(cookie))),
        ];
    }

    private static (string Host, string Path) SplitUri(string uri)
    {
        var scheme = uri.IndexOf("://", StringComparison.Ordinal);
        var rest = scheme < 0 ? uri : uri[(scheme + 3)..];
        var slash = rest.IndexOf('/');
        return slash < 0 ? (rest, "/") : (rest[..slash], rest[slash..]);
    }
}
