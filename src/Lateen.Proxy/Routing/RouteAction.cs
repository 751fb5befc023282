using System.Collections.Immutable;
using Lateen.Http;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Routing;

/// <summary>Forwarding to a cluster. Source: <c>route.v3.RouteAction</c>.</summary>
internal sealed class RouteAction
{
    /// <summary>Null: <see cref="ClusterHeader"/> or <see cref="WeightedClusters"/>.</summary>
    public ClusterSlot? Cluster { get; init; }

    public HeaderName? ClusterHeader { get; init; }

    public ImmutableArray<WeightedClusterEntry> WeightedClusters { get; init; } = [];

    /// <summary>Chooses the cluster in place of the above; null: there is none.</summary>
    public Matching.MatcherTree<ClusterSlot>? ClusterMatcher { get; init; }

    /// <summary>Header whose number chooses among weighted clusters; null: the request's random value.</summary>
    public HeaderName? WeightHeader { get; init; }

    public bool WeightByHash { get; init; }

    /// <summary>Status when the cluster is unknown: 503 by default, 404 or 500.</summary>
    public int ClusterNotFoundCode { get; init; } = 503;

    /// <summary>Nanoseconds for the whole response; 15 s by default, zero: none.</summary>
    public long TimeoutNanos { get; init; } = 15_000_000_000;

    public bool HasMaxStreamDuration { get; init; }

    public long MaxStreamDurationNanos { get; init; }

    public long? GrpcTimeoutHeaderMaxNanos { get; init; }

    public long GrpcTimeoutHeaderOffsetNanos { get; init; }

    public long? MaxGrpcTimeoutNanos { get; init; }

    public long GrpcTimeoutOffsetNanos { get; init; }

    /// <summary>Nanoseconds; null: that of the connection manager.</summary>
    public long? IdleTimeoutNanos { get; init; }

    /// <summary>Nanoseconds that a response's end waits for the client; null: as the connection manager has
    /// it.</summary>
    public long? FlushTimeoutNanos { get; init; }

    /// <summary>Null: that of the virtual host.</summary>
    public RetryPolicy? RetryPolicy { get; init; }

    /// <summary>Subset of the cluster's hosts; null: none asked for.</summary>
    public SubsetCriteria? MetadataMatch { get; init; }

    public RateLimits.RateLimitPolicy[] RateLimits { get; init; } = [];

    /// <summary>The virtual host's rate limits count besides the route's.</summary>
    public bool IncludeVirtualHostRateLimits { get; init; }

    public ImmutableArray<MirrorPolicy> MirrorPolicies { get; init; } = [];

    /// <summary>An attempt whose time is over goes on beside the next one; null: the virtual host says it.</summary>
    public bool? HedgesOnPerTryTimeout { get; init; }

    public HashPolicy[] HashPolicies { get; init; } = [];

    public bool HighPriority { get; init; }

    public byte[]? PrefixRewrite { get; init; }

    public RegexRewrite? RegexRewrite { get; init; }

    /// <summary>Literal parts and names of variables of the route's template, in turn.</summary>
    public (byte[]? Literal, int Variable)[]? TemplateRewrite { get; init; }

    public FormatString? PathRewrite { get; init; }

    public byte[]? HostRewriteLiteral { get; init; }

    public HeaderName? HostRewriteHeader { get; init; }

    public RegexRewrite? HostRewritePathRegex { get; init; }

    public FormatString? HostRewrite { get; init; }

    /// <summary>The host becomes the endpoint's name once it is chosen.</summary>
    public bool AutoHostRewrite { get; init; }

    public bool AppendXForwardedHost { get; init; }

    /// <summary>Upgrades by protocol in lower case, switched on or off for this route.</summary>
    public ImmutableArray<(string Type, bool Enabled)> Upgrades { get; init; } = [];

    /// <summary>Its plugin is not known and was optional: requests have no route.</summary>
    public bool IsNowhere { get; init; }

    /// <summary>POST requests are tunnels, too, where <see cref="TerminatesConnect"/> is on.</summary>
    public bool AllowsConnectPost { get; init; }

    /// <summary>CONNECT requests end here and their bytes go on as they are (<c>connect_config</c>).</summary>
    public bool TerminatesConnect { get; init; }

    /// <summary>Version of the PROXY protocol's header that begins the bytes of a tunnel; zero: none.</summary>
    public int ConnectProxyProtocolVersion { get; init; }

    /// <summary>Redirects of the upstream that the proxy follows itself; null: none.</summary>
    public InternalRedirectPolicy? InternalRedirects { get; init; }

    /// <summary>
    /// Chooses the cluster; null when a header names none or one that is not there. The name is noted in the stream
    /// info even then.
    /// </summary>
    public ClusterSlot? SelectCluster(StreamInfo info, HeaderMap request, ClusterTable clusters)
    {
        if (Cluster is not null)
        {
            info.UpstreamClusterName = Cluster.Name;
            return Cluster;
        }
        if (ClusterMatcher is not null)
        {
            var matched = ClusterMatcher.Match(new Matching.MatchData(info, request, null));
            info.UpstreamClusterName = matched?.Name ?? "";
            return matched;
        }
        if (ClusterHeader is { } header)
        {
            return FromHeader(info, request, header, clusters);
        }
        if (WeightedClusters.IsEmpty)
        {
            return null;
        }
        var entry = PickWeighted(info, request);
        info.WeightedCluster = entry;
        if (entry.ClusterHeader is { } entryHeader)
        {
            return FromHeader(info, request, entryHeader, clusters);
        }
        info.UpstreamClusterName = entry.Cluster!.Name;
        return entry.Cluster;
    }

    private static ClusterSlot? FromHeader(StreamInfo info, HeaderMap request, HeaderName header, ClusterTable clusters)
    {
        if (!request.TryGet(header, out var name) || name.Length == 0)
        {
            return null;
        }
        var slot = clusters.Find(name);
        info.UpstreamClusterName = slot?.Name ?? "";
        return slot;
    }

    private WeightedClusterEntry PickWeighted(StreamInfo info, HeaderMap request)
    {
        ulong total = 0;
        foreach (var entry in WeightedClusters)
        {
            total += WeightOf(entry);
        }
        if (total == 0)
        {
            return WeightedClusters[0];
        }
        var value = info.RandomValue;
        if (WeightHeader is { } header && request.TryGet(header, out var text)
            && System.Buffers.Text.Utf8Parser.TryParse(text, out ulong number, out var used) && used == text.Length)
        {
            value = number;
        }
        else if (WeightByHash && HashPolicy.Compute(HashPolicies, request, info, out _) is { } hash)
        {
            value = hash;
        }
        var point = value % total;
        foreach (var entry in WeightedClusters)
        {
            var weight = WeightOf(entry);
            if (point < weight)
            {
                return entry;
            }
            point -= weight;
        }
        return WeightedClusters[^1];
    }

    private static ulong WeightOf(WeightedClusterEntry entry) => entry.RuntimeKey is null
        ? entry.Weight
        : (ulong)RuntimeSettings.Current.GetNumber(entry.RuntimeKey, entry.Weight);
}
