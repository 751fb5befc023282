namespace Lateen.Proxy.Stats;

/// <summary>Counters of a virtual cluster or a route; names are the members in snake case.</summary>
internal enum RequestStat
{
    UpstreamRqCompleted,
    UpstreamRqRetry,
    UpstreamRqRetryLimitExceeded,
    UpstreamRqRetryOverflow,
    UpstreamRqRetrySuccess,
    UpstreamRqTimeout,
    UpstreamRqTotal,
}
