using Envoy.Config.Route.V3;
using Lateen.Proxy.Routing;
using FilterStateProto = Envoy.Type.Matcher.V3.FilterStateMatcher;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Conditions of routes.</summary>
internal static class RouteMatchDecoder
{
    public static RouteMatcher? Decode(RouteMatch? match, string path, DecodeContext context)
    {
        if (match is null)
        {
            context.Error(path, "ROUTE", "a match is required");
            return null;
        }
        return context.ShareDecoded(match, () => DecodeConditions(match, path, context));
    }

    private static RouteMatcher? DecodeConditions(RouteMatch match, string path, DecodeContext context)
    {
        if (DecodePath(match, path, context) is not { } pathMatcher)
        {
            return null;
        }
        return new RouteMatcher
        {
            Path = pathMatcher,
            RuntimeFraction = match.RuntimeFraction is null ? null
                : MatcherDecoder.DecodeFraction(match.RuntimeFraction),
            Grpc = match.Grpc is not null,
            Headers = MatcherDecoder.DecodeHeaders(match.Headers, $"{path}.headers", context),
            QueryParameters = [.. match.QueryParameters
                .Select((query, i) => MatcherDecoder.DecodeQuery(query, $"{path}.query_parameters[{i}]", context)!)
                .Where(query => query is not null)],
            CookieMatchers = DecodeCookies(match, path, context),
            TlsPresented = match.TlsContext?.Presented,
            TlsValidated = match.TlsContext?.Validated,
            FilterState = DecodeFilterState(match, path, context),
            DynamicMetadata = [.. match.DynamicMetadata
                .Select((entry, i) => MatcherDecoder.DecodeMetadata(entry, $"{path}.dynamic_metadata[{i}]", context)!)
                .Where(entry => entry is not null)],
        };
    }

    private static Routing.CookieMatcher[] DecodeCookies(RouteMatch match, string path, DecodeContext context)
    {
        var result = new List<Routing.CookieMatcher>();
        for (var i = 0; i < match.Cookies.Count; i++)
        {
            var cookie = match.Cookies[i];
            var at = $"{path}.cookies[{i}]";
            if (cookie.Name.Length == 0 || cookie.StringMatch is null)
            {
                context.Error(at, "MATCHER", "name and string_match are required");
            }
            else if (MatcherDecoder.DecodeString(cookie.StringMatch, $"{at}.string_match", context) is { } value)
            {
                result.Add(new Routing.CookieMatcher
                {
                    Name = System.Text.Encoding.UTF8.GetBytes(cookie.Name),
                    Value = value,
                    Invert = cookie.InvertMatch,
                });
            }
        }
        return [.. result];
    }

    private static FilterStateMatcher[] DecodeFilterState(RouteMatch match, string path, DecodeContext context)
    {
        var result = new List<FilterStateMatcher>();
        for (var i = 0; i < match.FilterState.Count; i++)
        {
            var matcher = match.FilterState[i];
            var at = $"{path}.filter_state[{i}]";
            if (matcher.Key.Length == 0 || matcher.MatcherCase == FilterStateProto.MatcherOneofCase.None)
            {
                context.Error(at, "MATCHER", "key and a matcher are required");
            }
            else if (matcher.AddressMatch is { } address)
            {
                var ranges = address.Ranges.Select(range => new Envoy.Config.Core.V3.CidrRange
                {
                    AddressPrefix = range.AddressPrefix,
                    PrefixLen = range.PrefixLen,
                });
                result.Add(new FilterStateMatcher(
                    matcher.Key, AddressDecoder.DecodeRanges(ranges, $"{at}.address_match.ranges", context),
                    address.InvertMatch));
            }
            else if (MatcherDecoder.DecodeString(matcher.StringMatch, $"{at}.string_match", context) is { } value)
            {
                result.Add(new FilterStateMatcher(matcher.Key, value));
            }
        }
        return [.. result];
    }

    private static PathMatcher? DecodePath(RouteMatch match, string path, DecodeContext context)
    {
        var caseSensitive = match.CaseSensitive ?? true;
        switch (match.PathSpecifierCase)
        {
            case RouteMatch.PathSpecifierOneofCase.Prefix:
                return Text(PathMatchKind.Prefix, match.Prefix, caseSensitive);
            case RouteMatch.PathSpecifierOneofCase.Path:
                return Text(PathMatchKind.Path, match.Path, caseSensitive);
            case RouteMatch.PathSpecifierOneofCase.PathSeparatedPrefix:
                if (match.PathSeparatedPrefix.AsSpan().IndexOfAny('?', '#') >= 0
                    || match.PathSeparatedPrefix.EndsWith('/')
                    || match.PathSeparatedPrefix.Length == 0)
                {
                    context.Error($"{path}.path_separated_prefix", "ROUTE_PATH",
                        "must be a path without query and fragment that does not end with a slash");
                    return null;
                }
                return Text(PathMatchKind.PathSeparatedPrefix, match.PathSeparatedPrefix, caseSensitive);
            case RouteMatch.PathSpecifierOneofCase.SafeRegex:
                var regex = context.Regex(match.SafeRegex.Regex, $"{path}.safe_regex.regex");
                return regex is null ? null : new PathMatcher { Kind = PathMatchKind.Regex, Regex = regex };
            case RouteMatch.PathSpecifierOneofCase.ConnectMatcher:
                return new PathMatcher { Kind = PathMatchKind.Connect };
            case RouteMatch.PathSpecifierOneofCase.PathMatchPolicy:
                return DecodeTemplate(match.PathMatchPolicy, $"{path}.path_match_policy", context);
            default:
                context.Error(path, "ROUTE_PATH", "a path specifier is required", "add prefix, path or safe_regex");
                return null;
        }
    }

    private static PathMatcher? DecodeTemplate(
        Envoy.Config.Core.V3.TypedExtensionConfig policy, string path, DecodeContext context)
    {
        const string Type = "type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig";
        if (policy.TypedConfig?.TypeUrl != Type)
        {
            TypedConfigs.ReportUnknown(policy.Name, policy.TypedConfig, path, context);
            return null;
        }
        var config = Envoy.Extensions.Path.Match.UriTemplate.V3.UriTemplateMatchConfig.Parser.ParseFrom(
            policy.TypedConfig.Value);
        if (UriTemplate.TryParse(config.PathTemplate, out var template, out var error))
        {
            return new PathMatcher { Kind = PathMatchKind.Template, Template = template };
        }
        context.Error($"{path}.path_template", "ROUTE_PATH",
            $"path_match_policy.path_template {config.PathTemplate} is invalid: {error}");
        return null;
    }

    private static PathMatcher Text(PathMatchKind kind, string text, bool caseSensitive) => new()
    {
        Kind = kind,
        Text = System.Text.Encoding.UTF8.GetBytes(caseSensitive ? text : text.ToLowerInvariant()),
        CaseSensitive = caseSensitive,
    };
}
