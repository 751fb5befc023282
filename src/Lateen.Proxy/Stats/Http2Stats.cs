using Lateen.Http.Http2;

namespace Lateen.Proxy.Stats;

/// <summary>Statistics of the HTTP/2 codec: <c>http2.</c> for all downstream connections, <c>cluster.NAME.http2.</c>
/// for those to a cluster.</summary>
internal sealed class Http2Stats
{
    private static readonly StatLayout Layout = StatLayout.Build<Http2Stat>(
    [
        Http2Stat.DeferredStreamClose, Http2Stat.OutboundControlFramesActive, Http2Stat.OutboundFramesActive,
        Http2Stat.PendingSendBytes, Http2Stat.StreamsActive,
    ]).With(
        "cookie_count|h cookie_size|h cookies_total_bytes_too_large header_count|h header_list_size|h "
        + "header_list_size_too_large nghttp2_downstream_connections nghttp2_upstream_connections "
        + "oghttp2_downstream_connections oghttp2_upstream_connections").Lazy();

    /// <summary>Of downstream connections.</summary>
    public Http2Stats(StatsStore store) => Scope = store.GetScope("http2.", Layout);

    /// <summary>Of connections to a cluster.</summary>
    public Http2Stats(ClusterStats cluster) => Scope = cluster.GetScope(".http2.", Layout);

    public StatsScope Scope { get; }

    public void Add(int worker, Http2Stat stat, long amount = 1) => Scope.Add(worker, (int)stat, amount);
}
