namespace Lateen.Proxy.Stats;

/// <summary>Histograms of a cluster.</summary>
internal enum ClusterHistogram
{
    UpstreamCxConnectMs,
    UpstreamCxLengthMs,
    UpstreamRqPerCx,
    UpstreamRqTime,
}
