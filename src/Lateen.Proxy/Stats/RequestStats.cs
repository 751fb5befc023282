namespace Lateen.Proxy.Stats;

/// <summary>
/// Responses of a virtual cluster or of a route with a <c>stat_prefix</c>, below <c>vhost.HOST.vcluster.NAME.</c> or
/// <c>vhost.HOST.route.PREFIX.</c>.
/// </summary>
internal sealed class RequestStats
{
    private static readonly StatLayout Layout = StatLayout.Build<RequestStat, RequestHistogram>([]);

    private readonly StatsScope _scope;
    private readonly ResponseCodeStats _codes;

    public RequestStats(StatsStore store, string prefix)
    {
        _scope = store.GetScope(prefix, Layout);
        _codes = new ResponseCodeStats(_scope, "upstream_rq_", true);
    }

    private enum RequestHistogram
    {
        UpstreamRqTime,
    }

    public void Add(int worker, RequestStat stat) => _scope.Add(worker, (int)stat);

    /// <summary>Records how long a request took, in milliseconds.</summary>
    public void RecordTime(int worker, long millis) =>
        _scope.Record(worker, (int)RequestHistogram.UpstreamRqTime, millis);

    public void Count(int worker, int code)
    {
        Add(worker, RequestStat.UpstreamRqCompleted);
        _codes.Count(worker, code);
    }
}
