using Lateen.Proxy.Listeners;

namespace Lateen.Proxy.Tcp;

/// <summary>
/// Istio's network filter <c>peer_metadata</c> of the internal listeners that begin HBONE tunnels: it tells the peer
/// who this workload is, and the connection that came who the peer is. Source:
/// <c>envoy.extensions.network_filters.peer_metadata.Config</c>.
/// </summary>
internal sealed class PeerMetadataNetworkConfig : NetworkFilterConfig
{
    /// <summary>Message of the filter.</summary>
    public const string Type = "envoy.extensions.network_filters.peer_metadata.Config";

    /// <summary>Message of the other end, among a cluster's filters.</summary>
    public const string UpstreamType = "envoy.extensions.network_filters.peer_metadata.UpstreamConfig";

    /// <summary>Filter state of the upstream connection that holds the peer.</summary>
    public const string PeerKey = "upstream_peer";

    /// <summary>Filter state that says that no peer was told of.</summary>
    public const string NotFoundKey = "peer_not_found";

    /// <summary>Metadata of endpoints, clusters and connections that switches it off.</summary>
    public const string MetadataKey = "istio.peer_metadata";

    /// <summary>The field of that metadata.</summary>
    public const string DisableField = "disable_baggage_discovery";

    /// <summary>Filter state that the tunnel's header is made of; Istio: <c>io.istio.baggage</c>.</summary>
    public required string BaggageKey { get; init; }

    /// <summary>Who this workload is.</summary>
    public required string Baggage { get; init; }
}
