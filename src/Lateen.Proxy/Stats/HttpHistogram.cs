namespace Lateen.Proxy.Stats;

/// <summary>Histograms of an HTTP connection manager.</summary>
internal enum HttpHistogram
{
    DownstreamCxLengthMs,
    DownstreamRqTime,
}
