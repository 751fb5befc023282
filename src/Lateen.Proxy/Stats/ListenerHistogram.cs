namespace Lateen.Proxy.Stats;

/// <summary>Histograms of a listener.</summary>
internal enum ListenerHistogram
{
    ConnectionsAcceptedPerSocketEvent,
    DownstreamCxLengthMs,
}
