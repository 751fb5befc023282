using System.Collections.Immutable;
using Envoy.Config.Route.V3;
using Lateen.Http;
using Lateen.Proxy.Discovery;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Tracing;
using Route = Lateen.Proxy.Routing.Route;
using RouteConfiguration = Lateen.Proxy.Routing.RouteConfiguration;
using RouteAction = Lateen.Proxy.Routing.RouteAction;
using RouteConfigurationProto = Envoy.Config.Route.V3.RouteConfiguration;
using RouteProto = Envoy.Config.Route.V3.Route;
using VirtualHost = Lateen.Proxy.Routing.VirtualHost;
using VirtualCluster = Lateen.Proxy.Routing.VirtualCluster;
using VirtualHostProto = Envoy.Config.Route.V3.VirtualHost;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Route tables.</summary>
internal static class RouteDecoder
{
    private const uint DirectResponseBodyBytesDefault = 4096;

    /// <summary>Makes a table.</summary>
    /// <param name="table">The message.</param>
    /// <param name="path">Where it stands.</param>
    /// <param name="context">Where errors go.</param>
    /// <param name="discovered">Gives the virtual hosts that come one by one from a source; null: none are
    /// known.</param>
    public static RouteConfiguration Decode(
        RouteConfigurationProto table, string path, DecodeContext context,
        Func<DiscoverySource, IReadOnlyCollection<VirtualHost>>? discovered = null)
    {
        var bodyMax = BodyBytesMax(table);
        var source = table.Vhds is null ? null : DecodeHostSource(table.Vhds, $"{path}.vhds.config_source", context);
        var others = source is null || discovered is null ? [] : discovered(source);
        var hosts = ImmutableArray.CreateBuilder<VirtualHost>(table.VirtualHosts.Count + others.Count);
        for (var i = 0; i < table.VirtualHosts.Count; i++)
        {
            hosts.Add(DecodeVirtualHost(table.VirtualHosts[i], $"{path}.virtual_hosts[{i}]", bodyMax, context));
        }
        hosts.AddRange(others);
        var result = new RouteConfiguration
        {
            Name = table.Name,
            VirtualHostSource = source,
            VirtualHosts = hosts.MoveToImmutable(),
            RequestHeaders = HeaderDecoder.Decode(
                table.RequestHeadersToAdd, table.RequestHeadersToRemove, path, "request_headers", context),
            ResponseHeaders = HeaderDecoder.Decode(
                table.ResponseHeadersToAdd, table.ResponseHeadersToRemove, path, "response_headers", context),
            InternalOnlyHeaders = [.. table.InternalOnlyHeaders.Select(HeaderName.Create)],
            MostSpecificHeaderMutationsWins = table.MostSpecificHeaderMutationsWins,
            IgnorePortInHostMatching = table.IgnorePortInHostMatching,
            IgnorePathParameters = table.IgnorePathParametersInPathMatching,
            PerFilter = HttpFilterDecoder.DecodePerFilter(table.TypedPerFilterConfig, path, context),
            MirrorPolicies = ActionDecoder.DecodeMirrors(table.RequestMirrorPolicies, context),
        };
        result.BuildDomains(path, context.Errors);
        foreach (var host in result.VirtualHosts.Take(table.VirtualHosts.Count))
        {
            // From here on the table knows them; those that come one by one go into other tables, too.
            host.Domains = [];
        }
        if (table.ValidateClusters ?? context.IsStatic)
        {
            ValidateClusters(result, path, context);
        }
        return result;
    }

    /// <summary>A virtual host that came by itself, for a table.</summary>
    public static VirtualHost DecodeDiscovered(
        RouteConfigurationProto table, VirtualHostProto host, DecodeContext context) =>
        DecodeVirtualHost(host, "", BodyBytesMax(table), context);

    private static uint BodyBytesMax(RouteConfigurationProto table) =>
        table.MaxDirectResponseBodySizeBytes ?? DirectResponseBodyBytesDefault;

    private static DiscoverySource? DecodeHostSource(Vhds vhds, string path, DecodeContext context)
    {
        var source = vhds.ConfigSource is { } config ? SourceDecoder.Decode(config, path, context) : null;
        if (source is { Kind: DiscoveryKind.Ads or DiscoveryKind.DeltaGrpc })
        {
            return source;
        }
        context.Error(path, "ROUTE_VHDS", "vhds: only 'DELTA_GRPC' is supported as an api_type.");
        return null;
    }

    private static VirtualHost DecodeVirtualHost(
        VirtualHostProto host, string path, uint bodyMax, DecodeContext context)
    {
        if (host.Name.Length == 0)
        {
            context.Error($"{path}.name", "ROUTE", "a name is required");
        }
        if (host.Domains.Count == 0)
        {
            context.Error($"{path}.domains", "ROUTE", "at least one domain is required");
        }
        if (host.Matcher is not null && host.Routes.Count > 0)
        {
            context.Error($"{path}.matcher", "ROUTE_MATCHER", "cannot set both matcher and routes on virtual host");
        }
        var routes = ImmutableArray.CreateBuilder<Route>(host.Routes.Count);
        for (var i = 0; i < host.Routes.Count; i++)
        {
            if (DecodeRoute(host.Routes[i], host.Name, $"{path}.routes[{i}]", bodyMax, context) is { } route)
            {
                routes.Add(route);
            }
        }
        return new VirtualHost
        {
            Name = host.Name,
            Domains = [.. host.Domains],
            Routes = routes.ToImmutable(),
            Matcher = host.Matcher is null ? null : DecodeMatcher(host, path, bodyMax, context),
            Metadata = MatcherDecoder.DecodeMetadataMap(host.Metadata),
            RequireTls = host.RequireTls switch
            {
                VirtualHostProto.Types.TlsRequirementType.All => TlsRequirement.All,
                VirtualHostProto.Types.TlsRequirementType.ExternalOnly => TlsRequirement.ExternalOnly,
                _ => TlsRequirement.None,
            },
            RequestHeaders = HeaderDecoder.Decode(
                host.RequestHeadersToAdd, host.RequestHeadersToRemove, path, "request_headers", context),
            ResponseHeaders = HeaderDecoder.Decode(
                host.ResponseHeadersToAdd, host.ResponseHeadersToRemove, path, "response_headers", context),
            PerFilter = HttpFilterDecoder.DecodePerFilter(host.TypedPerFilterConfig, path, context),
            RateLimits = RateLimitDecoder.Decode(host.RateLimits, $"{path}.rate_limits", context),
            RetryPolicy = RetryDecoder.Decode(host.RetryPolicy, $"{path}.retry_policy", context),
            MirrorPolicies = ActionDecoder.DecodeMirrors(host.RequestMirrorPolicies, context),
            IncludeRequestAttemptCount = host.IncludeRequestAttemptCount,
            IncludeAttemptCountInResponse = host.IncludeAttemptCountInResponse,
            IncludeIsTimeoutRetryHeader = host.IncludeIsTimeoutRetryHeader,
            RequestBufferBytesMax = (long?)host.RequestBodyBufferLimit ?? host.PerRequestBufferLimitBytes,
            VirtualClusters = DecodeVirtualClusters(host, path, context),
        };
    }

    /// <summary>Actions are a route or a list of routes.</summary>
    private static Matching.MatcherTree<Route[]>? DecodeMatcher(
        VirtualHostProto host, string path, uint bodyMax, DecodeContext context)
    {
        return new MatcherTreeDecoder<Route[]>(Decode, context).Decode(host.Matcher, $"{path}.matcher");

        Route[]? Decode(global::Xds.Core.V3.TypedExtensionConfig action, string at)
        {
            IEnumerable<RouteProto> protos;
            switch (TypedConfigs.Open(action.TypedConfig, out var bytes, out var fields))
            {
                case "envoy.config.route.v3.Route":
                    protos = [TypedConfigs.Read(RouteProto.Parser, bytes, fields)];
                    break;
                case "envoy.config.route.v3.RouteList":
                    protos = TypedConfigs.Read(RouteList.Parser, bytes, fields).Routes;
                    break;
                default:
                    TypedConfigs.ReportUnknown(action.Name, action.TypedConfig, at, context);
                    return null;
            }
            return [.. protos.Select(route => DecodeRoute(route, host.Name, at, bodyMax, context)!)
                .Where(route => route is not null)];
        }
    }

    private static VirtualCluster[] DecodeVirtualClusters(VirtualHostProto host, string path, DecodeContext context)
    {
        if (host.VirtualClusters.Count == 0)
        {
            return [];
        }
        var result = new List<VirtualCluster>();
        for (var i = 0; i < host.VirtualClusters.Count; i++)
        {
            var cluster = host.VirtualClusters[i];
            var headers =
                MatcherDecoder.DecodeHeaders(cluster.Headers, $"{path}.virtual_clusters[{i}].headers", context);
            result.Add(new VirtualCluster(cluster.Name, headers, Stats(cluster.Name)));
        }
        result.Add(new VirtualCluster("other", [], Stats("other"), true));
        return [.. result];

        RequestStats Stats(string name) =>
            new(context.Stats, $"vhost.{StatNames.Sanitize(host.Name)}.vcluster.{StatNames.Sanitize(name)}.");
    }

    private static Route? DecodeRoute(
        RouteProto route, string hostName, string path, uint bodyMax, DecodeContext context)
    {
        if (DecodeMatch(route.Match, $"{path}.match", context) is not { } match)
        {
            return null;
        }
        if (route.ActionCase is RouteProto.ActionOneofCase.None)
        {
            context.Error(path, "ROUTE", "an action is required", "add route, redirect or direct_response");
        }
        Clusters.ClusterSlot? cluster = null;
        return new Route
        {
            Name = route.Name,
            Match = match,
            Action = route.ActionCase switch
            {
                RouteProto.ActionOneofCase.Route_ =>
                    ActionDecoder.DecodeForward(route.Route_, match, $"{path}.route", context, out cluster),
                // Without a filter that answers, such a request ends like one to an unknown cluster.
                RouteProto.ActionOneofCase.FilterAction or RouteProto.ActionOneofCase.NonForwardingAction =>
                    new RouteAction(),
                _ => null,
            },
            Cluster = cluster,
            Redirect = route.ActionCase == RouteProto.ActionOneofCase.Redirect
                ? ActionDecoder.DecodeRedirect(route.Redirect, $"{path}.redirect", context)
                : null,
            DirectResponse = route.ActionCase == RouteProto.ActionOneofCase.DirectResponse
                ? ActionDecoder.DecodeDirect(route.DirectResponse, $"{path}.direct_response", bodyMax, context)
                : null,
            RequestHeaders = HeaderDecoder.Decode(
                route.RequestHeadersToAdd, route.RequestHeadersToRemove, path, "request_headers", context),
            ResponseHeaders = HeaderDecoder.Decode(
                route.ResponseHeadersToAdd, route.ResponseHeadersToRemove, path, "response_headers", context),
            PerFilter = HttpFilterDecoder.DecodePerFilter(route.TypedPerFilterConfig, path, context),
            Stats = route.StatPrefix.Length > 0
                ? new RequestStats(context.Stats,
                    $"vhost.{StatNames.Sanitize(hostName)}.route.{StatNames.Sanitize(route.StatPrefix)}.")
                : null,
            Metadata = MatcherDecoder.DecodeMetadataMap(route.Metadata),
            DecoratorOperation = route.Decorator?.Operation ?? "",
            DecoratorPropagate = route.Decorator?.Propagate ?? true,
            Tracing = TracingDecoder.DecodeRoute(route.Tracing, $"{path}.tracing", context),
            RequestBufferBytesMax = (long?)route.RequestBodyBufferLimit ?? route.PerRequestBufferLimitBytes,
        };
    }

    internal static RouteMatcher? DecodeMatch(RouteMatch? match, string path, DecodeContext context)
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

    private static void ValidateClusters(RouteConfiguration table, string path, DecodeContext context)
    {
        for (var i = 0; i < table.VirtualHosts.Length; i++)
        {
            for (var j = 0; j < table.VirtualHosts[i].Routes.Length; j++)
            {
                var route = table.VirtualHosts[i].Routes[j];
                if (route.Action is not { } action)
                {
                    continue;
                }
                var names = (route.Cluster ?? action.Cluster) is { } only
                    ? [only]
                    : action.WeightedClusters.Where(entry => entry.Cluster is not null).Select(entry => entry.Cluster!);
                foreach (var slot in names)
                {
                    if (!slot.IsConfigured && slot.Current is null)
                    {
                        context.Error($"{path}.virtual_hosts[{i}].routes[{j}].route.cluster", "ROUTE_CLUSTER",
                            $"route: unknown cluster '{slot.Name}'");
                    }
                }
            }
        }
    }
}
