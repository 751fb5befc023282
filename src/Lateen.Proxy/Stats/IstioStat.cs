namespace Lateen.Proxy.Stats;

/// <summary>Istio's standard counters.</summary>
internal enum IstioStat
{
    RequestsTotal,
    RequestMessagesTotal,
    ResponseMessagesTotal,
    TcpConnectionsOpenedTotal,
    TcpConnectionsClosedTotal,
    TcpSentBytesTotal,
    TcpReceivedBytesTotal,
}
