using Lateen.Http;
using Lateen.Proxy.Clusters;

namespace Lateen.Proxy.Routing;

/// <summary>Copies of requests go to another cluster as well.</summary>
internal sealed class MirrorPolicy
{
    /// <summary>Null when the name comes from <see cref="ClusterHeader"/>.</summary>
    public ClusterSlot? Cluster { get; init; }

    public HeaderName? ClusterHeader { get; init; }

    public FractionalPercent Fraction { get; init; } = FractionalPercent.All;

    /// <summary>Host of the copy; null: the request's with a suffix.</summary>
    public byte[]? HostRewrite { get; init; }

    /// <summary>Header changes of the copy, in order.</summary>
    public HeaderMutations[] RequestHeaders { get; init; } = [];

    /// <summary>Leave the host as it is instead of adding <c>-shadow</c>.</summary>
    public bool DisableShadowHostSuffix { get; init; }

    /// <summary>False: the copy is told not to record the trace.</summary>
    public bool IsTraceSampled { get; init; } = true;
}
