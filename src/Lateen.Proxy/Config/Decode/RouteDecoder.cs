using System.Collections.Immutable;
using Envoy.Config.Route.V3;
using Lateen.Http;
using Lateen.Proxy.Discovery;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Tracing;
using Route = Lateen.Proxy.Routing.Route;
using RouteAction = Lateen.Proxy.Routing.RouteAction;
using RouteConfiguration = Lateen.Proxy.Routing.RouteConfiguration;
using RouteConfigurationProto = Envoy.Config.Route.V3.RouteConfiguration;
using RouteProto = Envoy.Config.Route.V3.Route;
using VirtualCluster = Lateen.Proxy.Routing.VirtualCluster;
using VirtualHost = Lateen.Proxy.Routing.VirtualHost;
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
        context.ClusterPlugins = ClusterSpecifierDecoder.Read(table.ClusterSpecifierPlugins, path, context);
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
            RouteClusterCheck.Check(result, path, context);
        }
        return result;
    }

    /// <summary>A virtual host that came by itself, for a table.</summary>
    public static VirtualHost DecodeDiscovered(
        RouteConfigurationProto table, VirtualHostProto host, DecodeContext context)
    {
        context.ClusterPlugins = ClusterSpecifierDecoder.Read(table.ClusterSpecifierPlugins, "", context);
        return DecodeVirtualHost(host, "", BodyBytesMax(table), context);
    }

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
            Metadata = MatcherDecoder.DecodeMetadataMap(host.Metadata, context),
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
            PerFilter = HttpFilterDecoder.DecodePerFilter(host.TypedPerFilterConfig, path, context, host.Cors),
            RateLimits = RateLimitDecoder.Decode(host.RateLimits, $"{path}.rate_limits", context),
            RetryPolicy = RetryDecoder.Decode(host.RetryPolicy, $"{path}.retry_policy", context),
            MirrorPolicies = ActionDecoder.DecodeMirrors(host.RequestMirrorPolicies, context),
            HedgesOnPerTryTimeout = host.HedgePolicy?.HedgeOnPerTryTimeout,
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
            if (cluster.Name.Length == 0 || cluster.Headers.Count == 0)
            {
                context.Error($"{path}.virtual_clusters[{i}]", "ROUTE", cluster.Name.Length == 0
                    ? "a name is required" : "virtual clusters must define 'headers'");
            }
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
        if (RouteMatchDecoder.Decode(route.Match, $"{path}.match", context) is not { } match)
        {
            return null;
        }
        if (route.ActionCase is RouteProto.ActionOneofCase.None)
        {
            context.Error(path, "ROUTE", "an action is required", "add route, redirect or direct_response");
        }
        if (route.Decorator is { Operation.Length: 0 })
        {
            context.Error($"{path}.decorator.operation", "ROUTE", "value length must be at least 1 characters");
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
            PerFilter = HttpFilterDecoder.DecodePerFilter(
                route.TypedPerFilterConfig, path, context, route.Route_?.Cors),
            Stats = route.StatPrefix.Length > 0
                ? new RequestStats(context.Stats,
                    $"vhost.{StatNames.Sanitize(hostName)}.route.{StatNames.Sanitize(route.StatPrefix)}.")
                : null,
            Metadata = MatcherDecoder.DecodeMetadataMap(route.Metadata, context),
            DecoratorOperation = route.Decorator?.Operation ?? "",
            DecoratorPropagate = route.Decorator?.Propagate ?? true,
            Tracing = TracingDecoder.DecodeRoute(route.Tracing, $"{path}.tracing", context),
            RequestBufferBytesMax = (long?)route.RequestBodyBufferLimit ?? route.PerRequestBufferLimitBytes,
        };
    }
}
