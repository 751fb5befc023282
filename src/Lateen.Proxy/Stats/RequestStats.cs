namespace Lateen.Proxy.Stats;

/// <summary>
/// Responses of a virtual cluster or of a route with a <c>stat_prefix</c>, below <c>vhost.HOST.vcluster.NAME.</c> or
/// <c>vhost.HOST.route.PREFIX.</c>.
/// </summary>
internal sealed class RequestStats
{
    private readonly StatsScope _scope;
    private readonly ResponseCodeStats _codes;
    private readonly int _total;
    private readonly int _completed;

    public RequestStats(StatsStore store, string prefix)
    {
        _scope = store.GetScope(prefix, StatLayout.Empty);
        _codes = new ResponseCodeStats(_scope, "upstream_rq_", true);
        _total = _scope.GetOrAdd("upstream_rq_total");
        _completed = _scope.GetOrAdd("upstream_rq_completed");
    }

    public void Count(int worker, int code)
    {
        _scope.Add(worker, _total);
        _scope.Add(worker, _completed);
        _codes.Count(worker, code);
    }
}
