using System.Collections.Immutable;

namespace Lateen.Proxy.Routing;

/// <summary>Settings that few virtual hosts have. Source: <c>route.v3.VirtualHost</c>.</summary>
internal sealed record VirtualHostSettings
{
    /// <summary>Of a virtual host that has none of them.</summary>
    public static VirtualHostSettings Default { get; } = new();

    public Matching.MatcherTree<Route[]>? Matcher { get; init; }

    public IReadOnlyDictionary<string, Google.Protobuf.WellKnownTypes.Struct>? Metadata { get; init; }

    public TlsRequirement RequireTls { get; init; }

    public HeaderMutations RequestHeaders { get; init; } = HeaderMutations.None;

    public HeaderMutations ResponseHeaders { get; init; } = HeaderMutations.None;

    public PerFilterConfigs PerFilter { get; init; } = PerFilterConfigs.None;

    public RateLimits.RateLimitPolicy[] RateLimits { get; init; } = [];

    public RetryPolicy? RetryPolicy { get; init; }

    public ImmutableArray<MirrorPolicy> MirrorPolicies { get; init; } = [];

    public bool? HedgesOnPerTryTimeout { get; init; }

    public bool IncludeRequestAttemptCount { get; init; }

    public bool IncludeAttemptCountInResponse { get; init; }

    public bool IncludeIsTimeoutRetryHeader { get; init; }

    public long? RequestBufferBytesMax { get; init; }

    public VirtualCluster[] VirtualClusters { get; init; } = [];
}
