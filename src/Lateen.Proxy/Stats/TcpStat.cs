namespace Lateen.Proxy.Stats;

/// <summary>Counters and gauges of a TCP proxy, below <c>tcp.PREFIX.</c>.</summary>
internal enum TcpStat
{
    DownstreamCxNoRoute,
    DownstreamCxOverloadClose,
    DownstreamCxRxBytesBuffered,
    DownstreamCxRxBytesTotal,
    DownstreamCxTotal,
    DownstreamCxTxBytesBuffered,
    DownstreamCxTxBytesTotal,
    DownstreamFlowControlPausedReadingTotal,
    DownstreamFlowControlResumedReadingTotal,
    EarlyDataReceivedCountTotal,
    IdleTimeout,
    MaxDownstreamConnectionDuration,
    UpstreamFlushActive,
    UpstreamFlushTotal,
}
