using Envoy.Config.Route.V3;

namespace Lateen.Pilot.Simulation;

/// <summary>Envoy's choice of a route: the first one whose path, headers and query parameters all match.</summary>
internal static class RouteSelector
{
    /// <summary>Index of the route for the call, or -1.</summary>
    internal static int Select(VirtualHost host, Call call)
    {
        for (var i = 0; i < host.Routes.Count; i++)
        {
            if (Matches(host.Routes[i].Match, call))
            {
                return i;
            }
        }
        return -1;
    }

    private static bool Matches(RouteMatch match, Call call)
    {
        var question = call.Path.IndexOf('?', StringComparison.Ordinal);
        var path = question < 0 ? call.Path : call.Path[..question];
        var query = question < 0 ? "" : call.Path[(question + 1)..];
        return PathMatches(match, path)
            && match.Headers.All(header => HeaderMatches(header, call))
            && match.QueryParameters.All(parameter => QueryMatches(parameter, query))
            && match.DynamicMetadata.Count == 0;
    }

    private static bool PathMatches(RouteMatch match, string path)
    {
        var comparison = match.CaseSensitive is false ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return match.PathSpecifierCase switch
        {
            RouteMatch.PathSpecifierOneofCase.Prefix => path.StartsWith(match.Prefix, comparison),
            RouteMatch.PathSpecifierOneofCase.Path => string.Equals(path, match.Path, comparison),
            RouteMatch.PathSpecifierOneofCase.SafeRegex => TextMatching.FullMatch(match.SafeRegex.Regex, path),
            RouteMatch.PathSpecifierOneofCase.PathSeparatedPrefix =>
                path.StartsWith(match.PathSeparatedPrefix, comparison)
                && (path.Length == match.PathSeparatedPrefix.Length || path[match.PathSeparatedPrefix.Length] == '/'),
            _ => false,
        };
    }

    private static string? Value(string name, Call call)
    {
        return name switch
        {
            ":path" => call.Path,
            ":method" => call.Method,
            ":scheme" => call.EffectiveScheme,
            ":authority" or "host" => call.Host,
            _ => call.Headers.GetValueOrDefault(name.ToLowerInvariant()),
        };
    }

    private static bool HeaderMatches(HeaderMatcher matcher, Call call)
    {
        var value = Value(matcher.Name, call);
        if (matcher.HeaderMatchSpecifierCase is HeaderMatcher.HeaderMatchSpecifierOneofCase.PresentMatch
            or HeaderMatcher.HeaderMatchSpecifierOneofCase.None)
        {
            var wanted = matcher.HeaderMatchSpecifierCase == HeaderMatcher.HeaderMatchSpecifierOneofCase.None
                || matcher.PresentMatch;
            return ((value is not null) != matcher.InvertMatch) == wanted;
        }
        if (value is null)
        {
            if (!matcher.TreatMissingHeaderAsEmpty)
            {
                return false;
            }
            value = "";
        }
        return SpecificMatch(matcher, value) != matcher.InvertMatch;
    }

    private static bool SpecificMatch(HeaderMatcher matcher, string value)
    {
        return matcher.HeaderMatchSpecifierCase switch
        {
            HeaderMatcher.HeaderMatchSpecifierOneofCase.StringMatch =>
                TextMatching.Matches(matcher.StringMatch, value),
            HeaderMatcher.HeaderMatchSpecifierOneofCase.RangeMatch =>
                long.TryParse(value, out var number)
                && number >= matcher.RangeMatch.Start && number < matcher.RangeMatch.End,
            _ => false,
        };
    }

    private static bool QueryMatches(QueryParameterMatcher matcher, string query)
    {
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? pair : pair[..equals];
            if (name != matcher.Name)
            {
                continue;
            }
            var value = equals < 0 ? "" : pair[(equals + 1)..];
            return matcher.QueryParameterMatchSpecifierCase switch
            {
                QueryParameterMatcher.QueryParameterMatchSpecifierOneofCase.StringMatch =>
                    TextMatching.Matches(matcher.StringMatch, value),
                QueryParameterMatcher.QueryParameterMatchSpecifierOneofCase.PresentMatch => matcher.PresentMatch,
                _ => true,
            };
        }
        return matcher.QueryParameterMatchSpecifierCase
            == QueryParameterMatcher.QueryParameterMatchSpecifierOneofCase.PresentMatch && !matcher.PresentMatch;
    }
}
