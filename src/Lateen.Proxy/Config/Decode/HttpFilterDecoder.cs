using System.Collections.Immutable;
using Envoy.Extensions.Filters.Http.Fault.V3;
using Envoy.Extensions.Filters.Http.Rbac.V3;
using Envoy.Extensions.Filters.Http.Router.V3;
using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Config.Decode.Filters;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Listeners;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;
using AlpnProto = Istio.Envoy.Config.Filter.Http.Alpn.V2Alpha1.FilterConfig;
using CorsPolicy = Lateen.Proxy.Filters.CorsPolicy;
using CorsPolicyProto = Envoy.Extensions.Filters.Http.Cors.V3.CorsPolicy;
using HeaderMutationProto = Envoy.Extensions.Filters.Http.HeaderMutation.V3;
using HttpFilterProto = Envoy.Extensions.Filters.Network.HttpConnectionManager.V3.HttpFilter;

namespace Lateen.Proxy.Config.Decode;

/// <summary>HTTP filters and their settings per route.</summary>
internal static class HttpFilterDecoder
{
    private const string Http = "envoy.extensions.filters.http.";

    public static ImmutableArray<HttpFilter> Decode(
        IReadOnlyList<HttpFilterProto> filters, HttpStats stats, string path, DecodeContext context)
    {
        var result = ImmutableArray.CreateBuilder<HttpFilter>(filters.Count);
        for (var i = 0; i < filters.Count; i++)
        {
            if (DecodeInner(filters[i], stats.Scope, $"{path}[{i}]", context) is { } filter)
            {
                result.Add(filter);
            }
        }
        for (var i = 0; i < result.Count; i++)
        {
            if (result[i].IsTerminal != (i == result.Count - 1))
            {
                context.Error($"{path}[{i}]", "HTTP_FILTERS", result[i].IsTerminal
                    ? $"Error: terminal filter named {result[i].Name} must be the last filter in a http filter chain."
                    : $"Error: non-terminal filter named {result[i].Name} is the last filter in a http filter chain.");
            }
        }
        return result.ToImmutable();
    }

    /// <summary>Settings per route, virtual host or table, by the filter's name.</summary>
    public static PerFilterConfigs DecodePerFilter(
        IEnumerable<KeyValuePair<string, Any>> configs, string path, DecodeContext context,
        Envoy.Config.Route.V3.CorsPolicy? cors = null)
    {
        var result = new Dictionary<string, object>();
        if (cors is not null)
        {
            // The deprecated field, where nothing newer is given.
            result[CorsFilter.CanonicalName] = DecodeCors(OfRoute(cors), $"{path}.cors", context);
        }
        foreach (var (name, any) in configs)
        {
            if (DecodeSettings(name, any, false, $"{path}.typed_per_filter_config[{name}]", context) is { } settings)
            {
                result[name] = settings;
            }
        }
        return result.Count == 0 ? PerFilterConfigs.None : new PerFilterConfigs(result);
    }

    private static RouterFilter DecodeRouter(
        string name, Router router, StatsScope scope, string at, DecodeContext context)
    {
        return new RouterFilter
        {
            Name = name,
            SuppressEnvoyHeaders = router.SuppressEnvoyHeaders,
            SuppressGrpcCodeStats = router.SuppressGrpcRequestFailureCodeStats,
            RespectExpectedRqTimeout = router.RespectExpectedRqTimeout,
            StrictCheckHeaders = HcmExtensionDecoder.StrictHeaders(router, at, context),
            DynamicStats = router.DynamicStats ?? true,
            StartsChildSpan = router.StartChildSpan,
            UpstreamFilters = UpstreamFilterDecoder.Decode(
                router.UpstreamHttpFilters, scope.Prefix, true, $"{at}.upstream_http_filters", context),
            LogsUpstreamStart = router.UpstreamLogOptions?.FlushUpstreamLogOnUpstreamStream ?? false,
            UpstreamLogs = [.. AccessLogDecoder.Decode(router.UpstreamLog, $"{at}.upstream_log", context)],
        };
    }

    /// <summary>One filter, in the chain or inside another filter.</summary>
    internal static HttpFilter? DecodeInner(
        HttpFilterProto filter, StatsScope scope, string path, DecodeContext context) =>
        filter.ConfigDiscovery is { } discovery
            ? DiscoveredFilterDecoder.Decode(filter, discovery, scope, path, context)
            : DecodeTyped(filter, scope, path, context);

    private static HttpFilter? DecodeTyped(
        HttpFilterProto filter, StatsScope scope, string path, DecodeContext context)
    {
        var (name, off) = (filter.Name, filter.Disabled);
        var type = TypedConfigs.Open(filter.TypedConfig, out var bytes, out var fields);
        var at = $"{path}.typed_config";
        switch (type)
        {
            case Http + "router.v3.Router":
                return DecodeRouter(name, TypedConfigs.Read(Router.Parser, bytes, fields), scope, at, context);
            case Http + "rbac.v3.RBAC":
                var rbac = TypedConfigs.Read(RBAC.Parser, bytes, fields);
                return new RbacFilter
                {
                    Name = name,
                    Disabled = off,
                    Rules = RbacDecoder.DecodeHttp(rbac, scope, at, context)
                };
            case Http + "fault.v3.HTTPFault":
                var fault = TypedConfigs.Read(HTTPFault.Parser, bytes, fields);
                return new FaultFilter(scope)
                {
                    Name = name,
                    Disabled = off,
                    Config = FaultDecoder.Decode(fault, at, context)
                };
            case Http + "cors.v3.Cors":
                return new CorsFilter(scope) { Name = name, Disabled = off };
            case Http + "header_mutation.v3.HeaderMutation":
                var mutation = TypedConfigs.Read(HeaderMutationProto.HeaderMutation.Parser, bytes, fields);
                var settings = HeaderMutationDecoder.Decode(mutation.Mutations, $"{at}.mutations", context);
                return new HeaderMutationFilter
                {
                    Name = name,
                    Disabled = off,
                    RequestMutations = settings.Request,
                    ResponseMutations = settings.Response,
                    QueryMutations = settings.Query,
                    RequestTrailers = settings.RequestTrailers,
                    ResponseTrailers = settings.ResponseTrailers,
                    MostSpecificWins = mutation.MostSpecificHeaderMutationsWins,
                };
            case "istio.envoy.config.filter.http.alpn.v2alpha1.FilterConfig":
                return DecodeAlpn(TypedConfigs.Read(AlpnProto.Parser, bytes, fields), name, off, context);
            case "io.istio.http.peer_metadata.Config":
                return PeerMetadataDecoder.Decode(fields ?? new Struct(), name, off, $"{path}.typed_config", context);
            case "stats.PluginConfig":
                var plugin = TypedConfigs.Read(Istio.Stats.PluginConfig.Parser, bytes, fields);
                return new IstioStatsFilter
                {
                    Name = name,
                    Disabled = off,
                    Metrics = DecodeIstioStats(plugin, context)
                };
            case "envoy.extensions.common.matching.v3.ExtensionWithMatcher":
                var matched = TypedConfigs.Read(
                    Envoy.Extensions.Common.Matching.V3.ExtensionWithMatcher.Parser, bytes, fields);
                return DecodeMatched(matched, filter, scope, at, context);
            default:
                var source = new FilterSource(name, off, type, bytes, fields, scope, at, context);
                if (!FilterCatalog.TryDecode(source, out var found) && !filter.IsOptional)
                {
                    TypedConfigs.ReportUnknown(name, filter.TypedConfig, path, context);
                }
                return found;
        }
    }

    private static HttpFilter? DecodeMatched(
        Envoy.Extensions.Common.Matching.V3.ExtensionWithMatcher matched, HttpFilterProto filter, StatsScope scope,
        string path, DecodeContext context)
    {
        const string Composite = Http + "composite.v3.Composite";
        const string Skip = "envoy.extensions.filters.common.matcher.action.v3.SkipFilter";
        if (TypedConfigs.Open(matched.ExtensionConfig?.TypedConfig, out var bytes, out var fields) == Composite)
        {
            var source = new FilterSource(
                filter.Name, filter.Disabled, Composite, bytes, fields, scope, path, context);
            return NestedFilterDecoder.Composite(source, matched.XdsMatcher, $"{path}.xds_matcher");
        }
        var inner = DecodeInner(
            new HttpFilterProto
            {
                Name = filter.Name,
                TypedConfig = matched.ExtensionConfig?.TypedConfig,
                IsOptional = filter.IsOptional,
            },
            scope, $"{path}.extension_config", context);
        if (matched.XdsMatcher is null)
        {
            context.Error($"{path}.xds_matcher", "HTTP_FILTERS", "a matcher is required");
            return null;
        }
        var tree = new MatcherTreeDecoder<object>(
            (action, at) =>
            {
                if (TypedConfigs.Open(action.TypedConfig, out _, out _) == Skip)
                {
                    return PerFilterConfigs.Disabled;
                }
                TypedConfigs.ReportUnknown(action.Name, action.TypedConfig, at, context);
                return null;
            },
            context).Decode(matched.XdsMatcher, $"{path}.xds_matcher");
        return inner is null || tree is null ? null : new MatchedFilter
        {
            Name = filter.Name,
            Disabled = filter.Disabled,
            Inner = inner,
            Skip = tree,
        };
    }

    /// <summary>Istio's metrics for the listener being decoded.</summary>
    public static IstioMetrics DecodeIstioStats(Istio.Stats.PluginConfig config, DecodeContext context)
    {
        var reporter = config.Reporter == Istio.Stats.Reporter.ServerGateway
            ? IstioReporter.Waypoint
            : context.Direction == TrafficDirection.Inbound ? IstioReporter.Destination : IstioReporter.Source;
        var settings = new IstioMetricsConfig
        {
            Reporter = reporter,
            DisableHostHeaderFallback = config.DisableHostHeaderFallback,
            TcpReportingNanos = Durations.Nanos(config.TcpReportingDuration, 5_000_000_000),
            Dropped = [.. config.Metrics.Where(metric => metric.Drop).Select(metric => metric.Name)],
            Rules = RulesOf(config),
            Customs = CustomsOf(config),
        };
        return new IstioMetrics(settings, context.Resources.IstioSeries, context.Resources.OwnWorkload);
    }

    private static IstioMetricRules RulesOf(Istio.Stats.PluginConfig config)
    {
        var rules = new IstioMetricRules();
        foreach (var metric in config.Metrics)
        {
            foreach (var tag in metric.TagsToRemove)
            {
                rules.Remove(metric.Name, tag);
            }
            foreach (var (tag, expression) in metric.Dimensions.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                rules.Set(metric.Name, tag, expression);
            }
        }
        return rules;
    }

    /// <summary>Metrics of the configuration's own; what would hide a standard one, or has no value, is left
    /// out.</summary>
    private static IstioCustomMetric[] CustomsOf(Istio.Stats.PluginConfig config)
    {
        var customs = new List<IstioCustomMetric>();
        foreach (var definition in config.Definitions)
        {
            var isStandard = IstioSeriesStore.Standard.Names.Contains(definition.Name)
                || IstioSeriesStore.Standard.Histograms.Contains(definition.Name);
            if (!isStandard && Cel.CelProgram.TryParse(definition.Value, out var program, out _))
            {
                customs.Add(new IstioCustomMetric(
                    definition.Name,
                    definition.Type switch
                    {
                        Istio.Stats.MetricType.Gauge => StatKind.Gauge,
                        Istio.Stats.MetricType.Histogram => StatKind.Histogram,
                        _ => StatKind.Counter,
                    },
                    program!));
            }
        }
        return [.. customs];
    }

    private static object? DecodeSettings(string name, Any any, bool optional, string path, DecodeContext context)
    {
        var type = TypedConfigs.Open(any, out var bytes, out var fields);
        switch (type)
        {
            case "envoy.config.route.v3.FilterConfig":
                var wrapper = TypedConfigs.Read(Envoy.Config.Route.V3.FilterConfig.Parser, bytes, fields);
                if (wrapper.Disabled)
                {
                    return PerFilterConfigs.Disabled;
                }
                return wrapper.Config is null || wrapper.Config.TypeUrl.Length == 0
                    ? new object()
                    : DecodeSettings(name, wrapper.Config, wrapper.IsOptional, path, context);
            case Http + "rbac.v3.RBACPerRoute":
                var rbac = TypedConfigs.Read(RBACPerRoute.Parser, bytes, fields);
                var scope = context.Stats.GetScope("http.per_route.", StatLayout.Empty);
                return rbac.Rbac is null
                    ? PerFilterConfigs.Disabled
                    : RbacDecoder.DecodeHttp(rbac.Rbac, scope, $"{path}.rbac", context);
            case Http + "fault.v3.HTTPFault":
                return FaultDecoder.Decode(TypedConfigs.Read(HTTPFault.Parser, bytes, fields), path, context);
            case Http + "cors.v3.CorsPolicy":
                return DecodeCors(TypedConfigs.Read(CorsPolicyProto.Parser, bytes, fields), path, context);
            case Http + "header_mutation.v3.HeaderMutationPerRoute":
                var mutation = TypedConfigs.Read(HeaderMutationProto.HeaderMutationPerRoute.Parser, bytes, fields);
                return HeaderMutationDecoder.Decode(mutation.Mutations, $"{path}.mutations", context);
            case "stats.PluginConfig" or Http + "grpc_stats.v3.FilterConfig":
                return null;
            default:
                var source = new FilterSource(name, false, type, bytes, fields, null, path, context);
                if (!FilterCatalog.TryDecodeRoute(source, out var settings) && !optional)
                {
                    TypedConfigs.ReportUnknown(name, any, path, context);
                }
                return settings;
        }
    }

    /// <summary>A route's deprecated policy as the filter's own.</summary>
    private static CorsPolicyProto OfRoute(Envoy.Config.Route.V3.CorsPolicy cors)
    {
        var result = new CorsPolicyProto
        {
            AllowMethods = cors.AllowMethods,
            AllowHeaders = cors.AllowHeaders,
            ExposeHeaders = cors.ExposeHeaders,
            MaxAge = cors.MaxAge,
            AllowCredentials = cors.AllowCredentials,
            FilterEnabled = cors.FilterEnabled,
            ShadowEnabled = cors.ShadowEnabled,
            AllowPrivateNetworkAccess = cors.AllowPrivateNetworkAccess,
            ForwardNotMatchingPreflights = cors.ForwardNotMatchingPreflights,
        };
        result.AllowOriginStringMatch.AddRange(cors.AllowOriginStringMatch);
        return result;
    }

    private static CorsPolicy DecodeCors(CorsPolicyProto policy, string path, DecodeContext context) => new()
    {
        Origins = [.. policy.AllowOriginStringMatch
            .Select((origin, i) =>
                MatcherDecoder.DecodeString(origin, $"{path}.allow_origin_string_match[{i}]", context)!)
            .Where(origin => origin is not null)],
        AllowMethods = Bytes(policy.AllowMethods),
        AllowHeaders = Bytes(policy.AllowHeaders),
        ExposeHeaders = Bytes(policy.ExposeHeaders),
        MaxAge = Bytes(policy.MaxAge),
        AllowCredentials = policy.AllowCredentials,
        Enabled = policy.FilterEnabled is null ? FractionalPercent.All
            : MatcherDecoder.DecodeFraction(policy.FilterEnabled),
        Shadow = policy.ShadowEnabled is null
            ? new FractionalPercent(0, 100)
            : MatcherDecoder.DecodeFraction(policy.ShadowEnabled),
        AllowPrivateNetwork = policy.AllowPrivateNetworkAccess ?? false,
        ForwardNotMatchingPreflights = policy.ForwardNotMatchingPreflights ?? true,
    };

    private static AlpnFilter DecodeAlpn(AlpnProto config, string name, bool off, DecodeContext context)
    {
        return new AlpnFilter
        {
            Name = name,
            Disabled = off,
            Clusters = context.Resources.Clusters,
            Http10 = Override(AlpnProto.Types.Protocol.Http10),
            Http11 = Override(AlpnProto.Types.Protocol.Http11),
            Http2 = Override(AlpnProto.Types.Protocol.Http2),
        };

        byte[][]? Override(AlpnProto.Types.Protocol protocol)
        {
            var entry = config.AlpnOverride.FirstOrDefault(candidate => candidate.UpstreamProtocol == protocol);
            return entry is { AlpnOverride_.Count: > 0 } ? [.. entry.AlpnOverride_.Select(Bytes)] : null;
        }
    }

    private static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);
}
