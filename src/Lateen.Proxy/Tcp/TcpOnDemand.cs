using Lateen.Proxy.Discovery;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Tcp;

/// <summary>Unknown clusters of a TCP proxy are asked for. Source: <c>tcp_proxy.v3.TcpProxy.OnDemand</c>.</summary>
internal sealed class TcpOnDemand
{
    private static readonly StatLayout _layout = StatLayout.Build<TcpOnDemandStat>([]);

    public TcpOnDemand(StatsStore stats, string statPrefix) =>
        Stats = stats.GetScope($"tcp.{StatNames.Sanitize(statPrefix)}.", _layout);

    public required OnDemandTable Table { get; init; }

    public required DiscoverySource Source { get; init; }

    /// <summary>How long a connection waits; 60 s by default.</summary>
    public long TimeoutNanos { get; init; }

    public StatsScope Stats { get; }
}
