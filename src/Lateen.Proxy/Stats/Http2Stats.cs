using Lateen.Http.Http2;

namespace Lateen.Proxy.Stats;

/// <summary>Statistics of the HTTP/2 codec: <c>http2.</c> for all downstream connections, <c>cluster.NAME.http2.</c>
/// for those to a cluster.</summary>
internal sealed class Http2Stats(StatsStore store, string prefix)
{
    private static readonly StatLayout Layout = StatLayout.Build<Http2Stat>(
    [
        Http2Stat.DeferredStreamClose, Http2Stat.OutboundControlFramesActive, Http2Stat.OutboundFramesActive,
        Http2Stat.PendingSendBytes, Http2Stat.StreamsActive,
    ]);

    public StatsScope Scope { get; } = store.GetScope(prefix, Layout);

    public void Add(int worker, Http2Stat stat, long amount = 1) => Scope.Add(worker, (int)stat, amount);
}
