using Lateen.Proxy.Clusters;
using Lateen.Proxy.Listeners;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Network;

/// <summary>The network filter <c>ext_authz</c>: a service is asked when the first bytes come.</summary>
internal sealed class ExtAuthzNetworkConfig : NetworkFilterConfig
{
    public required ClusterSlot Cluster { get; init; }

    public required byte[] Authority { get; init; }

    public required NetworkServiceStats Stats { get; init; }

    /// <summary>Nanoseconds; 200 ms by default.</summary>
    public long TimeoutNanos { get; init; }

    public bool FailureModeAllow { get; init; }

    public bool IncludePeerCertificate { get; init; }

    public bool IncludeTlsSession { get; init; }

    /// <summary>The service is asked only where this fits; null: always.</summary>
    public MetadataMatcher? EnabledMetadata { get; init; }
}
