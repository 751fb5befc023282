using Lateen.Proxy.Clusters;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Listeners;

namespace Lateen.Proxy.Network;

/// <summary>The network filter <c>ratelimit</c>: a service is asked about each new connection.</summary>
internal sealed class RateLimitNetworkConfig : NetworkFilterConfig
{
    public required ClusterSlot Cluster { get; init; }

    public required byte[] Authority { get; init; }

    public required NetworkServiceStats Stats { get; init; }

    public required string Domain { get; init; }

    /// <summary>Descriptors; values may hold command operators.</summary>
    public required (string Key, FormatString Value)[][] Descriptors { get; init; }

    /// <summary>Nanoseconds; 20 ms by default.</summary>
    public long TimeoutNanos { get; init; }

    public bool FailureModeDeny { get; init; }
}
