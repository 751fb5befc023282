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

    /// <summary>What few virtual hosts have; the others share it. What follows reads it, and is described
    /// there.</summary>
    public VirtualHostSettings Settings { get; private init; } = VirtualHostSettings.Default;

    /// <summary>Chooses routes in place of <see cref="Routes"/>; null: there is none.</summary>
    public Matching.MatcherTree<Route[]>? Matcher
    {
        get => Settings.Matcher;
        init => Settings = Equals(value, Matcher) ? Settings : Settings with { Matcher = value };
    }

    /// <summary>Metadata by namespace; null when none.</summary>
    public IReadOnlyDictionary<string, Google.Protobuf.WellKnownTypes.Struct>? Metadata
    {
        get => Settings.Metadata;
        init => Settings = Equals(value, Metadata) ? Settings : Settings with { Metadata = value };
    }

    public TlsRequirement RequireTls
    {
        get => Settings.RequireTls;
        init => Settings = Equals(value, RequireTls) ? Settings : Settings with { RequireTls = value };
    }

    public HeaderMutations RequestHeaders
    {
        get => Settings.RequestHeaders;
        init => Settings = Equals(value, RequestHeaders) ? Settings : Settings with { RequestHeaders = value };
    }

    public HeaderMutations ResponseHeaders
    {
        get => Settings.ResponseHeaders;
        init => Settings = Equals(value, ResponseHeaders) ? Settings : Settings with { ResponseHeaders = value };
    }

    public PerFilterConfigs PerFilter
    {
        get => Settings.PerFilter;
        init => Settings = Equals(value, PerFilter) ? Settings : Settings with { PerFilter = value };
    }

    public RateLimits.RateLimitPolicy[] RateLimits
    {
        get => Settings.RateLimits;
        init => Settings = Equals(value, RateLimits) ? Settings : Settings with { RateLimits = value };
    }

    public RetryPolicy? RetryPolicy
    {
        get => Settings.RetryPolicy;
        init => Settings = Equals(value, RetryPolicy) ? Settings : Settings with { RetryPolicy = value };
    }

    public ImmutableArray<MirrorPolicy> MirrorPolicies
    {
        get => Settings.MirrorPolicies;
        init => Settings = Equals(value, MirrorPolicies) ? Settings : Settings with { MirrorPolicies = value };
    }

    /// <summary>For routes that do not say it themselves; null: no.</summary>
    public bool? HedgesOnPerTryTimeout
    {
        get => Settings.HedgesOnPerTryTimeout;
        init => Settings =
            Equals(value, HedgesOnPerTryTimeout) ? Settings : Settings with { HedgesOnPerTryTimeout = value };
    }

    public bool IncludeRequestAttemptCount
    {
        get => Settings.IncludeRequestAttemptCount;
        init => Settings =
            Equals(value, IncludeRequestAttemptCount) ? Settings : Settings with { IncludeRequestAttemptCount = value };
    }

    public bool IncludeAttemptCountInResponse
    {
        get => Settings.IncludeAttemptCountInResponse;
        init => Settings =
            Equals(value, IncludeAttemptCountInResponse) ? Settings
                : Settings with { IncludeAttemptCountInResponse = value };
    }

    public bool IncludeIsTimeoutRetryHeader
    {
        get => Settings.IncludeIsTimeoutRetryHeader;
        init => Settings =
            Equals(value, IncludeIsTimeoutRetryHeader) ? Settings
                : Settings with { IncludeIsTimeoutRetryHeader = value };
    }

    public long? RequestBufferBytesMax
    {
        get => Settings.RequestBufferBytesMax;
        init => Settings =
            Equals(value, RequestBufferBytesMax) ? Settings : Settings with { RequestBufferBytesMax = value };
    }

    /// <summary>In order, the last one for all other requests; empty: none.</summary>
    public VirtualCluster[] VirtualClusters
    {
        get => Settings.VirtualClusters;
        init => Settings = Equals(value, VirtualClusters) ? Settings : Settings with { VirtualClusters = value };
    }

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
