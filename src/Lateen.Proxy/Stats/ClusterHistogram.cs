namespace Lateen.Proxy.Stats;

/// <summary>Histograms of a cluster.</summary>
internal enum ClusterHistogram
{
    CanaryUpstreamRqTime,
    ExternalUpstreamRqTime,
    InternalUpstreamRqTime,
    UpstreamCxConnectMs,
    UpstreamCxLengthMs,
    UpstreamRqPerCx,
    UpstreamRqTime,
    UpstreamRqTimeoutBudgetPercentUsed,
    UpstreamRqTimeoutBudgetPerTryPercentUsed,
    UpstreamRqHeadersSize,
    UpstreamRqBodySize,
    UpstreamRsHeadersSize,
    UpstreamRsBodySize,
}
