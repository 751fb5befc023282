using System.Collections.Immutable;
using Lateen.Http;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Routing;

/// <summary>The routes of a set of domains. Source: <c>route.v3.VirtualHost</c>.</summary>
internal sealed class VirtualHost
{
    /// <summary>Stands for the redirect that <see cref="RequireTls"/> demands.</summary>
    public static Route TlsRedirect { get; } = new()
    {
        Match = new RouteMatcher { Path = new PathMatcher { Kind = PathMatchKind.Prefix } },
        Redirect = new RedirectAction { Scheme = "https"u8.ToArray(), KeepsHost = true },
    };

    private (int Length, byte Last)[]? _quick;

    public required string Name { get; init; }

    /// <summary>What the table's look-ups are built from; empty afterwards.</summary>
    public required string[] Domains { get; set; }

    public required ImmutableArray<Route> Routes { get; init; }

    /// <summary>Chooses routes in place of <see cref="Routes"/>; null: there is none.</summary>
    public Matching.MatcherTree<Route[]>? Matcher { get; init; }

    /// <summary>Metadata by namespace; null when none.</summary>
    public IReadOnlyDictionary<string, Google.Protobuf.WellKnownTypes.Struct>? Metadata { get; init; }

    public TlsRequirement RequireTls { get; init; }

    public HeaderMutations RequestHeaders { get; init; } = HeaderMutations.None;

    public HeaderMutations ResponseHeaders { get; init; } = HeaderMutations.None;

    public PerFilterConfigs PerFilter { get; init; } = PerFilterConfigs.None;

    public RateLimits.RateLimitPolicy[] RateLimits { get; init; } = [];

    public RetryPolicy? RetryPolicy { get; init; }

    public ImmutableArray<MirrorPolicy> MirrorPolicies { get; init; } = [];

    /// <summary>For routes that do not say it themselves; null: no.</summary>
    public bool? HedgesOnPerTryTimeout { get; init; }

    public bool IncludeRequestAttemptCount { get; init; }

    public bool IncludeAttemptCountInResponse { get; init; }

    public bool IncludeIsTimeoutRetryHeader { get; init; }

    public long? RequestBufferBytesMax { get; init; }

    /// <summary>In order, the last one for all other requests; empty: none.</summary>
    public VirtualCluster[] VirtualClusters { get; init; } = [];

    /// <summary>The first virtual cluster whose headers match; null when there are none.</summary>
    public VirtualCluster? MatchVirtualCluster(HeaderMap headers)
    {
        foreach (var cluster in VirtualClusters)
        {
            if (HeaderMatcher.AllMatch(cluster.Headers, headers))
            {
                return cluster;
            }
        }
        return null;
    }

    /// <summary>The first route that fits, or null.</summary>
    public Route? MatchRoute(HeaderMap headers, StreamInfo info, bool ignorePathParameters)
    {
        if (RequireTls != TlsRequirement.None)
        {
            if (!headers.TryGet(HeaderId.XForwardedProto, out var proto))
            {
                return null;
            }
            if (!proto.SequenceEqual("https"u8) && (RequireTls == TlsRequirement.All || !IsInternal(headers)))
            {
                return TlsRedirect;
            }
        }
        var path = QueryString.PathOnly(headers.Get(HeaderId.Path));
        if (ignorePathParameters && path.IndexOf((byte)';') is var semicolon and >= 0)
        {
            path = path[..semicolon];
        }
        var asksConnect = headers.Get(HeaderId.Method).SequenceEqual("CONNECT"u8);
        if (Matcher is null)
        {
            return MatchFirst(headers, path, asksConnect, info);
        }
        foreach (var route in Matcher.Match(new Matching.MatchData(info, headers, null)) ?? [])
        {
            if (IsMatch(route, headers, path, asksConnect, info))
            {
                return route;
            }
        }
        return null;
    }

    private Route? MatchFirst(HeaderMap headers, ReadOnlySpan<byte> path, bool asksConnect, StreamInfo info)
    {
        var routes = Routes.AsSpan();
        var quick = _quick ??= [.. Routes.Select(static route => route.Match.Path.Quick)];
        for (var i = 0; i < routes.Length; i++)
        {
            // Paths of one table mostly begin alike: the last byte that must be there tells most of them apart.
            var (length, last) = quick[i];
            if (length > 0 && (path.Length < length || path[length - 1] != last))
            {
                continue;
            }
            if (IsMatch(routes[i], headers, path, asksConnect, info))
            {
                return routes[i];
            }
        }
        return null;
    }

    /// <summary>A CONNECT without a path fits only rules for it, one with a path both kinds.</summary>
    private static bool IsMatch(
        Route route, HeaderMap headers, ReadOnlySpan<byte> path, bool asksConnect, StreamInfo info)
    {
        var isConnect = asksConnect
            && (!headers.Contains(HeaderId.Path) || route.Match.Path.Kind == PathMatchKind.Connect);
        return route.Match.IsMatch(headers, path, isConnect, info);
    }

    private static bool IsInternal(HeaderMap headers) => headers.Get(HeaderId.XEnvoyInternal).SequenceEqual("true"u8);
}
