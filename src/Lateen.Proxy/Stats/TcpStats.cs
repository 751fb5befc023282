using System.Runtime.CompilerServices;

namespace Lateen.Proxy.Stats;

/// <summary>The statistics of a TCP proxy, <c>tcp.PREFIX.</c>.</summary>
internal sealed class TcpStats(StatsStore store, string prefix)
{
    private static readonly StatLayout Layout = StatLayout.Build<TcpStat>(
        [TcpStat.DownstreamCxRxBytesBuffered, TcpStat.DownstreamCxTxBytesBuffered, TcpStat.UpstreamFlushActive]);

    public StatsScope Scope { get; } = store.GetScope($"tcp.{StatNames.Sanitize(prefix)}.", Layout);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int worker, TcpStat stat, long amount = 1) => Scope.Add(worker, (int)stat, amount);
}
