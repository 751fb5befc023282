using Lateen.Proxy.Listeners;

namespace Lateen.Proxy.Rbac;

/// <summary>
/// The network filter <c>rbac</c>: looked at when the first byte arrives; a refusal closes the connection with the
/// details as its
/// termination details.
/// </summary>
internal sealed class RbacNetworkFilterConfig : NetworkFilterConfig
{
    public required RbacRules Rules { get; init; }

    /// <summary>Nanoseconds that a refused connection stays open, unread; zero: none.</summary>
    public long DelayDenyNanos { get; init; }

    /// <summary>All data is looked at, not the first only (<c>enforcement_type: CONTINUOUS</c>).</summary>
    public bool IsContinuous { get; init; }
}
