using Envoy.Config.Route.V3;
using Envoy.Type.Matcher.V3;
using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Security;
using IstioMatch = Istio.Networking.V1Alpha3.StringMatch;

namespace Lateen.Pilot.Routes;

/// <summary>Conditions of a VirtualService rule as Envoy's route matches.</summary>
internal static class RouteMatches
{
    /// <summary>Header names that begin so stand for claims of a token.</summary>
    internal const string ClaimPrefix = "@request.auth.claims";

    /// <summary>The match that takes every request.</summary>
    internal static RouteMatch Any()
    {
        return new RouteMatch { Prefix = "/" };
    }

    /// <summary>The match of one condition; null means any request.</summary>
    internal static RouteMatch Translate(HTTPMatchRequest? match)
    {
        if (match is null)
        {
            return Any();
        }
        var result = new RouteMatch { CaseSensitive = !match.IgnoreUriCase };
        ApplyPath(result, match.Uri);
        AddHeaders(result, match);
        foreach (var (name, value) in match.QueryParams.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            result.QueryParameters.Add(Query(name, value));
        }
        return result;
    }

    /// <summary>Whether nothing can come past the route.</summary>
    internal static bool IsCatchAll(Route route)
    {
        var match = route.Match;
        var anyPath = match.PathSpecifierCase switch
        {
            RouteMatch.PathSpecifierOneofCase.Prefix => match.Prefix == "/",
            RouteMatch.PathSpecifierOneofCase.PathSeparatedPrefix => match.PathSeparatedPrefix == "/",
            RouteMatch.PathSpecifierOneofCase.SafeRegex => match.SafeRegex.Regex == ".*",
            _ => false,
        };
        return anyPath && match.Headers.Count == 0 && match.QueryParameters.Count == 0
            && match.DynamicMetadata.Count == 0;
    }

    /// <summary>Envoy's matcher of a value; null when the match asks only for presence.</summary>
    internal static StringMatcher? Text(IstioMatch? match)
    {
        return match?.MatchTypeCase switch
        {
            IstioMatch.MatchTypeOneofCase.Exact => new StringMatcher { Exact = match.Exact },
            IstioMatch.MatchTypeOneofCase.Prefix => new StringMatcher { Prefix = match.Prefix },
            IstioMatch.MatchTypeOneofCase.Regex when match.Regex != "*" =>
                new StringMatcher { SafeRegex = new RegexMatcher { Regex = match.Regex } },
            _ => null,
        };
    }

    private static void ApplyPath(RouteMatch result, IstioMatch? uri)
    {
        switch (uri?.MatchTypeCase)
        {
            case IstioMatch.MatchTypeOneofCase.Exact:
                result.Path = uri.Exact;
                break;
            case IstioMatch.MatchTypeOneofCase.Prefix:
                result.Prefix = uri.Prefix;
                break;
            case IstioMatch.MatchTypeOneofCase.Regex:
                result.SafeRegex = new RegexMatcher { Regex = uri.Regex };
                break;
            default:
                result.Prefix = "/";
                break;
        }
    }

    private static void AddHeaders(RouteMatch result, HTTPMatchRequest match)
    {
        var headers = new List<HeaderMatcher>();
        foreach (var (name, value) in match.Headers)
        {
            Add(result, headers, name, value, invert: false);
        }
        foreach (var (name, value) in match.WithoutHeaders)
        {
            Add(result, headers, name, value, invert: true);
        }
        result.Headers.Add(headers.OrderBy(header => header.Name, StringComparer.Ordinal));
        AddPseudo(result, ":method", match.Method);
        AddPseudo(result, ":authority", match.Authority);
        AddPseudo(result, ":scheme", match.Scheme);
    }

    private static void Add(RouteMatch result, List<HeaderMatcher> headers, string name, IstioMatch value, bool invert)
    {
        if (name.StartsWith(ClaimPrefix, StringComparison.OrdinalIgnoreCase))
        {
            var matcher = Claim(name[ClaimPrefix.Length..], Text(value));
            matcher.Invert = invert;
            result.DynamicMetadata.Add(matcher);
            return;
        }
        var header = Header(name, value);
        header.InvertMatch = invert;
        // A header that is not there differs from any value; but presence knows the difference itself.
        header.TreatMissingHeaderAsEmpty = invert && Text(value) is not null;
        headers.Add(header);
    }

    private static void AddPseudo(RouteMatch result, string name, IstioMatch? value)
    {
        if (value is not null)
        {
            result.Headers.Add(Header(name, value));
        }
    }

    private static HeaderMatcher Header(string name, IstioMatch? value)
    {
        return Text(value) is { } matcher
            ? new HeaderMatcher { Name = name, StringMatch = matcher }
            : new HeaderMatcher { Name = name, PresentMatch = true };
    }

    private static QueryParameterMatcher Query(string name, IstioMatch? value)
    {
        return Text(value) is { } matcher
            ? new QueryParameterMatcher { Name = name, StringMatch = matcher }
            : new QueryParameterMatcher { Name = name, PresentMatch = true };
    }

    /// <summary>A claim as <c>.a.b</c> or <c>[a][b]</c>; a list claim matches when one of its elements does.</summary>
    private static MetadataMatcher Claim(string path, StringMatcher? matcher)
    {
        var keys = path.StartsWith('[') && path.EndsWith(']')
            ? path[1..^1].Split("][") : path.TrimStart('.').Split('.');
        var text = matcher is null
            ? new ValueMatcher { PresentMatch = true } : new ValueMatcher { StringMatch = matcher };
        var value = new ValueMatcher
        {
            OrMatch = new OrMatcher
            {
                ValueMatchers = { new ValueMatcher { ListMatch = new ListMatcher { OneOf = text } }, text.Clone() },
            },
        };
        return MetadataMatchers.Of(PrincipalMatchers.JwtFilter, ["payload", .. keys], value);
    }
}
