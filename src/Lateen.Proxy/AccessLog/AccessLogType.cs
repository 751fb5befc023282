namespace Lateen.Proxy.AccessLog;

/// <summary>At which moment an entry is written.</summary>
internal enum AccessLogType : byte
{
    NotSet,
    TcpUpstreamConnected,
    TcpPeriodic,
    TcpConnectionEnd,
    DownstreamStart,
    DownstreamPeriodic,
    DownstreamEnd,
    UpstreamPoolReady,
    UpstreamPeriodic,
    UpstreamEnd,
    DownstreamTunnelSuccessfullyEstablished,
    TcpConnectionStart,
}
