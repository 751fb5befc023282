namespace Lateen.Pilot.Model;

/// <summary>Istio's own extensions that a proxy has. A plain Envoy has none of them, so they are left out for
/// it.</summary>
[Flags]
public enum IstioFilters
{
    /// <summary>A plain Envoy.</summary>
    None = 0,

    /// <summary><c>istio.metadata_exchange</c>, on connections.</summary>
    MetadataExchange = 1,

    /// <summary><c>istio.alpn</c>, on requests.</summary>
    Alpn = 2,

    /// <summary><c>istio.stats</c>.</summary>
    Stats = 4,

    /// <summary><c>envoy.filters.http.peer_metadata</c>.</summary>
    PeerMetadata = 8,

    /// <summary>Istio's proxy, and ours.</summary>
    All = MetadataExchange | Alpn | Stats | PeerMetadata,
}
