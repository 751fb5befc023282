using System.Collections.Immutable;
using System.Text;
using Envoy.Config.Route.V3;
using Google.Protobuf.WellKnownTypes;
using Lateen.Http;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Routing;
using DirectResponseAction = Lateen.Proxy.Routing.DirectResponseAction;
using DirectResponseProto = Envoy.Config.Route.V3.DirectResponseAction;
using RedirectAction = Lateen.Proxy.Routing.RedirectAction;
using RedirectProto = Envoy.Config.Route.V3.RedirectAction;
using RouteAction = Lateen.Proxy.Routing.RouteAction;
using RouteActionProto = Envoy.Config.Route.V3.RouteAction;

namespace Lateen.Proxy.Config.Decode;

/// <summary>What routes do: forward, redirect, answer.</summary>
internal static class ActionDecoder
{
    /// <summary>
    /// Forwarding; where it names one cluster, that is given apart, so that routes that differ in nothing else share
    /// the action.
    /// </summary>
    public static RouteAction DecodeForward(
        RouteActionProto action, RouteMatcher match, string path, DecodeContext context, out ClusterSlot? cluster)
    {
        cluster = null;
        if (action.ClusterSpecifierCase != RouteActionProto.ClusterSpecifierOneofCase.Cluster
            || action.PathRewritePolicy is not null || action.RateLimits.Count > 0
            || action.RequestMirrorPolicies.Count > 0)
        {
            return DecodeForward(action, match, path, context);
        }
        var name = action.Cluster;
        cluster = context.Cluster(name);
        action.Cluster = "";
        try
        {
            return context.ShareDecoded(action, () => DecodeForward(action, match, path, context))!;
        }
        finally
        {
            action.Cluster = name;
        }
    }

    private static RouteAction DecodeForward(
        RouteActionProto action, RouteMatcher match, string path, DecodeContext context)
    {
        var clusterCase = action.ClusterSpecifierCase;
        RequireCluster(clusterCase, path, context);
        CheckRewrites(action, path, context);
        RouteActionCheck.Check(action, path, context);
        var weighted = clusterCase == RouteActionProto.ClusterSpecifierOneofCase.WeightedClusters
            ? DecodeWeighted(
                action.WeightedClusters, SubsetOf(action.MetadataMatch), $"{path}.weighted_clusters", context)
            : [];
        var matcher = ClusterSpecifierDecoder.DecodeOf(action, path, context, out var isNowhere);
        return new RouteAction
        {
            Cluster = action.Cluster.Length > 0 ? context.Cluster(action.Cluster) : null,
            ClusterHeader =
                Name(clusterCase == RouteActionProto.ClusterSpecifierOneofCase.ClusterHeader, action.ClusterHeader),
            WeightedClusters = weighted,
            ClusterMatcher = matcher,
            IsNowhere = isNowhere,
            WeightByHash = action.WeightedClusters?.UseHashPolicy ?? false,
            FlushTimeoutNanos = action.FlushTimeout is { } flush ? Durations.Nanos(flush) : null,
            WeightHeader = action.WeightedClusters is { HeaderName.Length: > 0 } clusters
                ? HeaderName.Create(clusters.HeaderName) : null,
            ClusterNotFoundCode = NotFoundCodeOf(action.ClusterNotFoundResponseCode),
            TimeoutNanos = Durations.Nanos(action.Timeout, 15_000_000_000),
            HasMaxStreamDuration = action.MaxStreamDuration is not null,
            MaxStreamDurationNanos = Durations.Nanos(action.MaxStreamDuration?.MaxStreamDuration_),
            GrpcTimeoutHeaderMaxNanos = action.MaxStreamDuration?.GrpcTimeoutHeaderMax is { } max ? Durations.Nanos(max)
                : null,
            GrpcTimeoutHeaderOffsetNanos = Durations.Nanos(action.MaxStreamDuration?.GrpcTimeoutHeaderOffset),
            MaxGrpcTimeoutNanos = action.MaxGrpcTimeout is { } grpc ? Durations.Nanos(grpc) : null,
            GrpcTimeoutOffsetNanos = Durations.Nanos(action.GrpcTimeoutOffset),
            IdleTimeoutNanos = action.IdleTimeout is { } idle ? Durations.Nanos(idle) : null,
            RetryPolicy = RetryDecoder.Decode(action.RetryPolicy, $"{path}.retry_policy", context),
            HedgesOnPerTryTimeout = action.HedgePolicy?.HedgeOnPerTryTimeout,
            RateLimits = RateLimitDecoder.Decode(action.RateLimits, $"{path}.rate_limits", context),
            IncludeVirtualHostRateLimits = action.IncludeVhRateLimits ?? false,
            MirrorPolicies = DecodeMirrors(action.RequestMirrorPolicies, context),
            HashPolicies = DecodeHashes(action.HashPolicy, path, context),
            HighPriority = action.Priority == Envoy.Config.Core.V3.RoutingPriority.High,
            PrefixRewrite = action.PrefixRewrite.Length > 0 ? Encoding.UTF8.GetBytes(action.PrefixRewrite) : null,
            RegexRewrite = MatcherDecoder.DecodeRewrite(action.RegexRewrite, $"{path}.regex_rewrite", context),
            TemplateRewrite =
                DecodeTemplateRewrite(action.PathRewritePolicy, match, $"{path}.path_rewrite_policy", context),
            HostRewriteLiteral = action.HostRewriteLiteral.Length > 0
                ? Encoding.UTF8.GetBytes(action.HostRewriteLiteral) : null,
            HostRewriteHeader = Name(action.HostRewriteSpecifierCase
                == RouteActionProto.HostRewriteSpecifierOneofCase.HostRewriteHeader, action.HostRewriteHeader),
            HostRewritePathRegex = MatcherDecoder.DecodeRewrite(
                action.HostRewritePathRegex, $"{path}.host_rewrite_path_regex", context),
            PathRewrite = action.PathRewrite.Length > 0
                ? HeaderDecoder.Format(action.PathRewrite, $"{path}.path_rewrite", context)
                : null,
            HostRewrite = action.HostRewriteSpecifierCase == RouteActionProto.HostRewriteSpecifierOneofCase.HostRewrite
                ? HeaderDecoder.Format(action.HostRewrite, $"{path}.host_rewrite", context)
                : null,
            AutoHostRewrite = action.AutoHostRewrite ?? false,
            AppendXForwardedHost = action.AppendXForwardedHost,
            TerminatesConnect = action.UpgradeConfigs.Any(u => u.ConnectConfig is not null),
            ConnectProxyProtocolVersion = TunnelHeaderOf(action),
            AllowsConnectPost = action.UpgradeConfigs.Any(u => u.ConnectConfig is { AllowPost: true }),
            Upgrades = [.. action.UpgradeConfigs.Select(u => (u.UpgradeType.ToLowerInvariant(), u.Enabled ?? true))],
            InternalRedirects = DecodeInternalRedirects(action.InternalRedirectPolicy, path, context),
            MetadataMatch = SubsetCriteria.From(SubsetOf(action.MetadataMatch)),
        };
    }

    private static void RequireCluster(
        RouteActionProto.ClusterSpecifierOneofCase specifier, string path, DecodeContext context)
    {
        if (specifier is RouteActionProto.ClusterSpecifierOneofCase.None)
        {
            context.Error(
                path, "ROUTE_CLUSTER", "a cluster is required", "add cluster, cluster_header or weighted_clusters");
        }
    }

    /// <summary>Version of the PROXY header that begins a tunnel's bytes; zero: none.</summary>
    private static int TunnelHeaderOf(RouteActionProto action)
    {
        var version = action.UpgradeConfigs.Select(u => u.ConnectConfig?.ProxyProtocolConfig)
            .FirstOrDefault(c => c is not null)?.Version;
        return version switch
        {
            null => 0,
            Envoy.Config.Core.V3.ProxyProtocolConfig.Types.Version.V2 => 2,
            _ => 1,
        };
    }

    private static int NotFoundCodeOf(RouteActionProto.Types.ClusterNotFoundResponseCode code) => code switch
    {
        RouteActionProto.Types.ClusterNotFoundResponseCode.NotFound => 404,
        RouteActionProto.Types.ClusterNotFoundResponseCode.InternalServerError => 500,
        _ => 503,
    };

    private static Struct? SubsetOf(Envoy.Config.Core.V3.Metadata? metadata) =>
        metadata?.FilterMetadata.GetValueOrDefault("envoy.lb");

    private static Routing.InternalRedirectPolicy? DecodeInternalRedirects(
        Envoy.Config.Route.V3.InternalRedirectPolicy? policy, string path, DecodeContext context)
    {
        const string Predicates = "envoy.extensions.internal_redirect.";
        if (policy is null)
        {
            return null;
        }
        string[]? allowed = null;
        var (noPrevious, safe) = (false, false);
        foreach (var predicate in policy.Predicates)
        {
            switch (TypedConfigs.Open(predicate.TypedConfig, out var bytes, out var fields))
            {
                case Predicates + "previous_routes.v3.PreviousRoutesConfig":
                    noPrevious = true;
                    break;
                case Predicates + "safe_cross_scheme.v3.SafeCrossSchemeConfig":
                    safe = true;
                    break;
                case Predicates + "allow_listed_routes.v3.AllowListedRoutesConfig":
                    allowed = [.. TypedConfigs.Read(Envoy.Extensions.InternalRedirect.AllowListedRoutes.V3
                        .AllowListedRoutesConfig.Parser, bytes, fields).AllowedRouteNames];
                    break;
                default:
                    TypedConfigs.ReportUnknown(
                        predicate.Name, predicate.TypedConfig, $"{path}.internal_redirect_policy.predicates", context);
                    break;
            }
        }
        return new Routing.InternalRedirectPolicy
        {
            RedirectsMax = (int)(policy.MaxInternalRedirects ?? 1),
            Codes = policy.RedirectResponseCodes.Count == 0
                ? [302]
                : [.. policy.RedirectResponseCodes.Select(code => (int)code)],
            AllowCrossScheme = policy.AllowCrossSchemeRedirect,
            NoPreviousRoutes = noPrevious,
            SafeCrossScheme = safe,
            AllowedRoutes = allowed,
            HeadersToCopy = [.. policy.ResponseHeadersToCopy.Select(HeaderName.Create)],
        };
    }

    public static RedirectAction DecodeRedirect(RedirectProto redirect, string path, DecodeContext context)
    {
        HeaderDecoder.CheckValue(redirect.HostRedirect, $"{path}.host_redirect", context);
        HeaderDecoder.CheckValue(redirect.PathRedirect, $"{path}.path_redirect", context);
        HeaderDecoder.CheckValue(redirect.PrefixRewrite, $"{path}.prefix_rewrite", context);
        if (!System.Enum.IsDefined(redirect.ResponseCode))
        {
            context.Error($"{path}.response_code", "ROUTE", "value must be one of the defined enum values");
        }
        return MakeRedirect(redirect, path, context);
    }

    private static RedirectAction MakeRedirect(RedirectProto redirect, string path, DecodeContext context) => new()
    {
        Scheme = redirect.HttpsRedirect
            ? "https"u8.ToArray()
            : redirect.SchemeRedirect.Length > 0 ? Encoding.UTF8.GetBytes(redirect.SchemeRedirect) : null,
        Host = redirect.HostRedirect.Length > 0 ? Encoding.UTF8.GetBytes(redirect.HostRedirect) : null,
        Port = (int)redirect.PortRedirect,
        Path = redirect.PathRewriteSpecifierCase == RedirectProto.PathRewriteSpecifierOneofCase.PathRedirect
            && redirect.PathRedirect.Length > 0
            ? Encoding.UTF8.GetBytes(redirect.PathRedirect)
            : null,
        PrefixRewrite = redirect.PathRewriteSpecifierCase == RedirectProto.PathRewriteSpecifierOneofCase.PrefixRewrite
            && redirect.PrefixRewrite.Length > 0
            ? Encoding.UTF8.GetBytes(redirect.PrefixRewrite)
            : null,
        RegexRewrite = redirect.PathRewriteSpecifierCase == RedirectProto.PathRewriteSpecifierOneofCase.RegexRewrite
            ? MatcherDecoder.DecodeRewrite(redirect.RegexRewrite, $"{path}.regex_rewrite", context)
            : null,
        PathFormat = redirect.PathRewriteSpecifierCase == RedirectProto.PathRewriteSpecifierOneofCase.PathRewrite
            && redirect.PathRewrite.Length > 0
            ? HeaderDecoder.Format(redirect.PathRewrite, $"{path}.path_rewrite", context)
            : null,
        ResponseCode = redirect.ResponseCode switch
        {
            RedirectProto.Types.RedirectResponseCode.Found => 302,
            RedirectProto.Types.RedirectResponseCode.SeeOther => 303,
            RedirectProto.Types.RedirectResponseCode.TemporaryRedirect => 307,
            RedirectProto.Types.RedirectResponseCode.PermanentRedirect => 308,
            _ => 301,
        },
        StripQuery = redirect.StripQuery,
    };

    public static DirectResponseAction DecodeDirect(
        DirectResponseProto direct, string path, uint bodyMax, DecodeContext context)
    {
        if (direct.Status is < 200 or > 599)
        {
            context.Error($"{path}.status", "ROUTE", "value must be inside range [200, 600)");
        }
        var body = DataSourceReader.Read(direct.Body, $"{path}.body", context) ?? [];
        if (body.Length > bodyMax)
        {
            context.Error(
                $"{path}.body", "ROUTE_BODY", $"response body size is {body.Length} bytes; maximum is {bodyMax}");
        }
        var format = direct.BodyFormat is null
            ? null
            : HcmDecoder.DecodeReplyFormat(direct.BodyFormat, $"{path}.body_format", context);
        return new DirectResponseAction { Status = (int)direct.Status, Body = body, BodyFormat = format };
    }

    public static ImmutableArray<MirrorPolicy> DecodeMirrors(
        IReadOnlyList<RouteActionProto.Types.RequestMirrorPolicy> policies, DecodeContext context)
    {
        foreach (var policy in policies)
        {
            if ((policy.Cluster.Length > 0) == (policy.ClusterHeader.Length > 0))
            {
                context.Error("request_mirror_policies", "ROUTE_MIRROR", policy.Cluster.Length > 0
                    ? "Only one of cluster or cluster_header can be specified"
                    : "Exactly one of cluster or cluster_header need to be specified");
            }
        }
        return [.. policies.Select(policy => new MirrorPolicy
        {
            Cluster = policy.Cluster.Length > 0 ? context.Cluster(policy.Cluster) : null,
            ClusterHeader = Name(policy.ClusterHeader.Length > 0, policy.ClusterHeader),
            Fraction = policy.RuntimeFraction is null
                ? FractionalPercent.All
                : MatcherDecoder.DecodeFraction(policy.RuntimeFraction),
            DisableShadowHostSuffix = policy.DisableShadowHostSuffixAppend,
            IsTraceSampled = policy.TraceSampled ?? true,
            HostRewrite = policy.HostRewriteLiteral.Length > 0
                ? Encoding.UTF8.GetBytes(policy.HostRewriteLiteral) : null,
            RequestHeaders = [.. policy.RequestHeadersMutations.Select(mutation => mutation.Append is not null
                ? HeaderDecoder.Decode([mutation.Append], [], "request_mirror_policies", "append", context)
                : HeaderDecoder.Decode([], [mutation.Remove], "request_mirror_policies", "remove", context))],
        })];
    }

    private static HeaderName? Name(bool isSet, string name) => isSet ? HeaderName.Create(name) : null;

    private static void CheckRewrites(RouteActionProto action, string path, DecodeContext context)
    {
        HeaderDecoder.CheckValue(action.PrefixRewrite, $"{path}.prefix_rewrite", context);
        HeaderDecoder.CheckValue(action.HostRewriteLiteral, $"{path}.host_rewrite_literal", context);
        HeaderDecoder.CheckValue(action.HostRewriteHeader, $"{path}.host_rewrite_header", context);
        HeaderDecoder.CheckValue(action.ClusterHeader, $"{path}.cluster_header", context);
        var count = (action.PrefixRewrite.Length > 0 ? 1 : 0) + (action.RegexRewrite is not null ? 1 : 0)
            + (action.PathRewritePolicy is not null ? 1 : 0) + (action.PathRewrite.Length > 0 ? 1 : 0);
        if (count > 1)
        {
            context.Error(
                path, "ROUTE_REWRITE", "Specify only one of prefix_rewrite, regex_rewrite or path_rewrite_policy");
        }
    }

    private static ImmutableArray<WeightedClusterEntry> DecodeWeighted(
        WeightedCluster clusters, Struct? ofRoute, string path, DecodeContext context)
    {
        ulong total = 0;
        var entries = ImmutableArray.CreateBuilder<WeightedClusterEntry>(clusters.Clusters.Count);
        for (var i = 0; i < clusters.Clusters.Count; i++)
        {
            var cluster = clusters.Clusters[i];
            var at = $"{path}.clusters[{i}]";
            total += cluster.Weight ?? 0;
            if ((cluster.Name.Length > 0) == (cluster.ClusterHeader.Length > 0))
            {
                context.Error(at, "ROUTE_WEIGHTS", cluster.Name.Length > 0
                    ? "Only one of name or cluster_header can be specified"
                    : "At least one of name or cluster_header need to be specified");
            }
            entries.Add(new WeightedClusterEntry
            {
                Cluster = cluster.Name.Length > 0 ? context.Cluster(cluster.Name) : null,
                ClusterHeader = Name(cluster.Name.Length == 0, cluster.ClusterHeader),
                Weight = cluster.Weight ?? 0,
                RuntimeKey = clusters.RuntimeKeyPrefix.Length > 0 ? $"{clusters.RuntimeKeyPrefix}.{cluster.Name}"
                    : null,
                RequestHeaders = HeaderDecoder.Decode(
                    cluster.RequestHeadersToAdd, cluster.RequestHeadersToRemove, at, "request_headers", context),
                ResponseHeaders = HeaderDecoder.Decode(
                    cluster.ResponseHeadersToAdd, cluster.ResponseHeadersToRemove, at, "response_headers", context),
                HostRewriteLiteral = cluster.HostRewriteLiteral.Length > 0
                    ? Encoding.UTF8.GetBytes(cluster.HostRewriteLiteral)
                    : null,
                MetadataMatch = SubsetCriteria.From(ofRoute, SubsetOf(cluster.MetadataMatch)),
                PerFilter = HttpFilterDecoder.DecodePerFilter(cluster.TypedPerFilterConfig, at, context),
            });
        }
        if (total is 0 or > uint.MaxValue)
        {
            context.Error(path, "ROUTE_WEIGHTS", total == 0
                ? "Sum of weights in the weighted_cluster must be greater than 0."
                : $"The sum of weights of all weighted clusters of route exceeds {uint.MaxValue}");
        }
        return entries.MoveToImmutable();
    }

    public static HashPolicy[] DecodeHashes(
        IEnumerable<RouteActionProto.Types.HashPolicy> policies, string path, DecodeContext context) =>
        [.. policies.Select((policy, i) => new HashPolicy
        {
            Header = Name(policy.Header is not null, policy.Header?.HeaderName ?? ""),
            HeaderRewrite = MatcherDecoder.DecodeRewrite(
                policy.Header?.RegexRewrite, $"{path}.hash_policy[{i}].header.regex_rewrite", context),
            Cookie = policy.Cookie is null ? null : Encoding.UTF8.GetBytes(policy.Cookie.Name),
            CookieTtlSeconds = policy.Cookie?.Ttl?.Seconds,
            CookiePath = policy.Cookie?.Path ?? "",
            CookieAttributes = [.. policy.Cookie?.Attributes.Select(a => (a.Name, a.Value)) ?? []],
            SourceIp = policy.ConnectionProperties?.SourceIp ?? false,
            QueryParameter = policy.QueryParameter is null ? null : Encoding.UTF8.GetBytes(policy.QueryParameter.Name),
            FilterStateKey = policy.FilterState?.Key,
            Terminal = policy.Terminal,
        })];

    private static (byte[]? Literal, int Variable)[]? DecodeTemplateRewrite(
        Envoy.Config.Core.V3.TypedExtensionConfig? policy, RouteMatcher match, string path, DecodeContext context)
    {
        const string Type = "envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig";
        if (policy is null)
        {
            return null;
        }
        if (TypedConfigs.Open(policy.TypedConfig, out var bytes, out var fields) != Type)
        {
            TypedConfigs.ReportUnknown(policy.Name, policy.TypedConfig, path, context);
            return null;
        }
        var rewrite = TypedConfigs.Read(
            Envoy.Extensions.Path.Rewrite.UriTemplate.V3.UriTemplateRewriteConfig.Parser, bytes, fields)
                .PathTemplateRewrite;
        if (match.Path.Template is not { } template || !UriTemplateRewrite.TryParse(rewrite, template, out var parts))
        {
            context.Error(
                path, "ROUTE_REWRITE", $"path_rewrite_policy {rewrite} does not fit the route's path template");
            return null;
        }
        return parts;
    }
}
