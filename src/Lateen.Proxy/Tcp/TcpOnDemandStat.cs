namespace Lateen.Proxy.Tcp;

/// <summary>Counters of a TCP proxy that asks for clusters, below <c>tcp.PREFIX.</c></summary>
internal enum TcpOnDemandStat
{
    OnDemandClusterAttempt,
    OnDemandClusterMissing,
    OnDemandClusterSuccess,
    OnDemandClusterTimeout,
}
