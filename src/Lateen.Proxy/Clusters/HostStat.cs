namespace Lateen.Proxy.Clusters;

/// <summary>Counters of a host, shown by <c>/clusters</c>.</summary>
internal enum HostStat
{
    CxActive,
    CxConnectFail,
    CxTotal,
    RqActive,
    RqError,
    RqPendingActive,
    RqSuccess,
    RqTimeout,
    RqTotal,
}
