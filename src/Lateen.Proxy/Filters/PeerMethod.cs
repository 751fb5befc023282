namespace Lateen.Proxy.Filters;

/// <summary>One way of <c>io.istio.http.peer_metadata.Config</c> to learn of a peer, or to tell it.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Key">Of filter state of the upstream connection: its key.</param>
/// <param name="SkipExternalClusters">Headers are not told to clusters outside of the mesh.</param>
internal sealed record PeerMethod(PeerMethodKind Kind, string Key = "", bool SkipExternalClusters = false);
