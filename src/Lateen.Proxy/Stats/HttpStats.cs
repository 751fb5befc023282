using System.Runtime.CompilerServices;

namespace Lateen.Proxy.Stats;

/// <summary>The statistics of an HTTP connection manager, <c>http.PREFIX.</c>, and what it counts at its
/// listener.</summary>
internal sealed class HttpStats
{
    private static readonly StatLayout Layout = StatLayout.Build<HttpStat, HttpHistogram>(
    [
        HttpStat.DownstreamCxActive, HttpStat.DownstreamCxHttp1Active, HttpStat.DownstreamCxHttp2Active,
        HttpStat.DownstreamCxRxBytesBuffered, HttpStat.DownstreamCxSslActive, HttpStat.DownstreamCxTxBytesBuffered,
        HttpStat.DownstreamCxUpgradesActive, HttpStat.DownstreamRqActive,
    ]);

    private readonly ResponseCodeStats _classes;

    public HttpStats(StatsStore store, string prefix)
    {
        Scope = store.GetScope($"http.{StatNames.Sanitize(prefix)}.", Layout);
        _classes = new ResponseCodeStats(Scope, "downstream_rq_", false);
    }

    public StatsScope Scope { get; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int worker, HttpStat stat, long amount = 1) => Scope.Add(worker, (int)stat, amount);

    public void Record(int worker, HttpHistogram histogram, long value) => Scope.Record(worker, (int)histogram, value);

    /// <summary>Counts an interim response sent downstream.</summary>
    public void CountInterim(int worker, int code) => _classes.Count(worker, code);

    /// <summary>Counts a response sent downstream: its class and <c>downstream_rq_completed</c>.</summary>
    public void CountResponse(int worker, int code)
    {
        _classes.Count(worker, code);
        Add(worker, HttpStat.DownstreamRqCompleted);
    }
}
