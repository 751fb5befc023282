using System.Collections.Immutable;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Listeners;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Tcp;

/// <summary>The network filter <c>tcp_proxy</c>.</summary>
internal sealed class TcpProxyConfig : NetworkFilterConfig
{
    /// <summary>Filter state key that overrides the cluster.</summary>
    /// <summary>Filter state: host that a dynamic forward proxy is to go to.</summary>
    public const string DynamicHostKey = "envoy.upstream.dynamic_host";

    /// <summary>Filter state: the port of that host.</summary>
    public const string DynamicPortKey = "envoy.upstream.dynamic_port";

    public const string ClusterKey = "envoy.tcp_proxy.cluster";

    public override bool IsTerminal => true;

    public required TcpStats Stats { get; init; }

    /// <summary>One entry, or several with weights.</summary>
    public required ImmutableArray<TcpClusterEntry> Clusters { get; init; }

    /// <summary>Where unknown clusters are asked for; null: nowhere.</summary>
    public TcpOnDemand? OnDemand { get; init; }

    public ulong TotalWeight { get; init; }

    /// <summary>Nanoseconds; one hour by default, zero: none.</summary>
    public long IdleTimeoutNanos { get; init; } = 3_600_000_000_000;

    /// <summary>At least 1.</summary>
    public int MaxConnectAttempts { get; init; } = 1;

    /// <summary>Nanoseconds; zero: none.</summary>
    public long MaxDownstreamConnectionDurationNanos { get; init; }

    /// <summary>Up to so much is added to the longest duration, by chance.</summary>
    public double MaxDurationJitterPercent { get; init; }

    /// <summary>Nanoseconds before the next attempt, doubled each time; zero: at once.</summary>
    public long BackoffBaseNanos { get; init; }

    public long BackoffMaxNanos { get; init; }

    /// <summary>Through an HTTP proxy; null: directly.</summary>
    public TunnelingConfig? Tunneling { get; init; }

    /// <summary>Hash an object of the filter state; null: not.</summary>
    public string? HashFilterState { get; init; }

    /// <summary>Hash the source address for consistent load balancing.</summary>
    public bool HashSourceIp { get; init; }

    public ImmutableArray<AccessLogger> AccessLogs { get; init; } = [];

    /// <summary>How much of what clients send is taken before there is an upstream connection; -1: nothing is
    /// read.</summary>
    public int EarlyDataBytesMax { get; init; } = -1;

    /// <summary>The upstream connection waits for the first bytes (<c>ON_DOWNSTREAM_DATA</c>).</summary>
    public bool ConnectsOnData { get; init; }

    /// <summary>What PROXY protocol headers get besides what the connection brought.</summary>
    public TcpTlv[] Tlvs { get; init; } = [];

    public TlvMergePolicy TlvMerge { get; init; }

    /// <summary>Nanoseconds between periodic log entries; zero: none.</summary>
    public long AccessLogFlushIntervalNanos { get; init; }

    public bool FlushAccessLogOnConnected { get; init; }

    public bool FlushAccessLogOnStart { get; init; }

    /// <summary>The cluster for a connection with this random value.</summary>
    public TcpClusterEntry PickEntry(ulong random)
    {
        if (Clusters.Length == 1)
        {
            return Clusters[0];
        }
        var point = random % TotalWeight;
        foreach (var entry in Clusters)
        {
            if (point < entry.Weight)
            {
                return entry;
            }
            point -= entry.Weight;
        }
        return Clusters[^1];
    }
}
