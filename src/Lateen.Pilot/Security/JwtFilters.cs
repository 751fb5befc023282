using System.Globalization;
using Envoy.Config.Core.V3;
using Envoy.Config.Route.V3;
using Envoy.Extensions.Filters.Http.JwtAuthn.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Google.Protobuf.WellKnownTypes;
using Istio.Security.V1Beta1;
using Lateen.Pilot.Listeners;

namespace Lateen.Pilot.Security;

/// <summary>
/// RequestAuthentication as a filter: a token that is there must be valid and its claims become metadata; one that is
/// missing is no error (contract 11.4).
/// </summary>
internal static class JwtFilters
{
    private const string Name = "envoy.filters.http.jwt_authn";
    private const string PayloadKey = "payload";

    /// <summary>Proxies refuse what does not fit into 32 bits.</summary>
    private const long FetchSecondsMax = uint.MaxValue - 1L;

    private static readonly string[] _spaceDelimited = ["permission", "scope"];
    private static readonly Duration _fetchTimeout = new() { Seconds = 5 };
    private static readonly Duration _cacheTime = new() { Seconds = 300 };

    /// <summary>The filter of a workload; null when no token is spoken of.</summary>
    internal static HttpFilter? ForHttp(TrafficContext context)
    {
        var rules = context.JwtRules;
        if (rules.Count == 0)
        {
            return null;
        }
        var filter = new JwtAuthentication { BypassCorsPreflight = true };
        for (var i = 0; i < rules.Count; i++)
        {
            filter.Providers.Add(ProviderName(i), Provider(context, rules[i]));
        }
        filter.Rules.Add(new RequirementRule
        {
            Match = new RouteMatch { Prefix = "/" },
            Requires = Requirement(rules.Count),
        });
        return new HttpFilter { Name = Name, TypedConfig = Any.Pack(filter) };
    }

    private static string ProviderName(int index) => string.Create(CultureInfo.InvariantCulture, $"origins-{index}");

    /// <summary>One issuer: its token or none. Several: the token of any, or for each its token or none.</summary>
    private static JwtRequirement Requirement(int count)
    {
        if (count == 1)
        {
            return OneOrNone(0);
        }
        var each = new JwtRequirementAndList();
        var any = new JwtRequirementOrList();
        for (var i = 0; i < count; i++)
        {
            any.Requirements.Add(new JwtRequirement { ProviderName = ProviderName(i) });
            each.Requirements.Add(OneOrNone(i));
        }
        any.Requirements.Add(new JwtRequirement { RequiresAll = each });
        return new JwtRequirement { RequiresAny = any };
    }

    private static JwtRequirement OneOrNone(int index) => new()
    {
        RequiresAny = new JwtRequirementOrList
        {
            Requirements =
            {
                new JwtRequirement { ProviderName = ProviderName(index) },
                new JwtRequirement { AllowMissing = new Empty() },
            },
        },
    };

    private static JwtProvider Provider(TrafficContext context, JWTRule rule)
    {
        var provider = new JwtProvider
        {
            Issuer = rule.Issuer,
            Audiences = { rule.Audiences },
            Forward = rule.ForwardOriginalToken,
            ForwardPayloadHeader = rule.OutputPayloadToHeader,
            FromHeaders = { rule.FromHeaders.Select(header =>
                new JwtHeader { Name = header.Name, ValuePrefix = header.Prefix }) },
            FromParams = { rule.FromParams },
            FromCookies = { rule.FromCookies },
            ClaimToHeaders = { rule.OutputClaimToHeaders.Select(header =>
                new JwtClaimToHeader { HeaderName = header.Header, ClaimName = header.Claim }) },
            PayloadInMetadata = PayloadKey,
            NormalizePayloadInMetadata = new JwtProvider.Types.NormalizePayload
            {
                SpaceDelimitedClaims = { _spaceDelimited.Concat(rule.SpaceDelimitedClaims)
                    .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal) },
            },
            ClearRouteCache = context.RoutesOnClaims,
        };
        if (Remote(context, rule) is { } remote)
        {
            provider.RemoteJwks = remote;
        }
        else
        {
            provider.LocalJwks = new DataSource { InlineString = Keys(context, rule) };
        }
        return provider;
    }

    private static string Keys(TrafficContext context, JWTRule rule) =>
        JwksSource.Of(rule) is not { } source ? rule.Jwks
            : context.KeysOf(source) is { Length: > 0 } keys ? keys : UnusableJwks.Text;

    /// <summary>Keys that the proxy fetches itself; null when it is given them.</summary>
    private static RemoteJwks? Remote(TrafficContext context, JWTRule rule)
    {
        if (context.JwksMode == JwksMode.ControlPlane || rule.Jwks.Length > 0
            || !Uri.TryCreate(rule.JwksUri, UriKind.Absolute, out var uri)
            || (context.JwksMode == JwksMode.Hybrid && context.FindService(uri.Host)?.PortOf(uri.Port) is null))
        {
            return null;
        }
        return new RemoteJwks
        {
            HttpUri = new HttpUri
            {
                Uri = rule.JwksUri,
                Cluster = Clusters.ClusterNames.Outbound(uri.Port, "", uri.Host),
                Timeout = rule.Timeout is { } timeout
                    ? new Duration { Seconds = Math.Min(timeout.Seconds, FetchSecondsMax), Nanos = timeout.Nanos }
                    : _fetchTimeout,
            },
            CacheDuration = _cacheTime,
        };
    }
}
