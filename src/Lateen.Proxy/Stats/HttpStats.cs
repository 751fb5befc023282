using System.Runtime.CompilerServices;

namespace Lateen.Proxy.Stats;

/// <summary>The statistics of an HTTP connection manager, <c>http.PREFIX.</c>, and what it counts at its
/// listener.</summary>
internal sealed class HttpStats
{
    private const string Idle =
        "downstream_cx_http1_soft_drain downstream_cx_http3_active|g downstream_cx_http3_total "
        + "downstream_rq_http3_total downstream_rq_1xx downstream_rq_2xx downstream_rq_3xx downstream_rq_4xx "
        + "downstream_rq_5xx";

    private static readonly StatLayout Basis = StatLayout.Build<HttpStat, HttpHistogram>(
    [
        HttpStat.DownstreamCxActive, HttpStat.DownstreamCxHttp1Active, HttpStat.DownstreamCxHttp2Active,
        HttpStat.DownstreamCxRxBytesBuffered, HttpStat.DownstreamCxSslActive, HttpStat.DownstreamCxTxBytesBuffered,
        HttpStat.DownstreamCxUpgradesActive, HttpStat.DownstreamRqActive,
    ]);

    private static readonly StatLayout Layout = Basis.With(
        $"{Idle} tracing.client_enabled tracing.health_check tracing.not_traceable "
        + "tracing.random_sampling tracing.service_forced");

    /// <summary>Of a connection manager that has neither router nor tracer.</summary>
    private static readonly StatLayout PlainLayout = Basis.With(
        Idle, "no_cluster no_route passthrough_internal_redirect_bad_location "
        + "passthrough_internal_redirect_no_route passthrough_internal_redirect_predicate "
        + "passthrough_internal_redirect_too_many_redirects passthrough_internal_redirect_unsafe_scheme "
        + "rq_direct_response rq_overload_local_reply rq_redirect rq_reset_after_downstream_response_started rq_total");

    private static readonly StatLayout ListenerLayout = StatLayout.Of([], [], []).With(
        "downstream_rq_1xx downstream_rq_2xx downstream_rq_3xx downstream_rq_4xx downstream_rq_5xx "
        + "downstream_rq_completed");

    private readonly ResponseCodeStats _classes;
    private readonly ResponseCodeStats? _listenerClasses;

    /// <summary>What is counted below <paramref name="prefix"/> and, with classes only, at the listener.</summary>
    public HttpStats(StatsStore store, string prefix, string listenerPrefix = "", bool hasRouter = true)
    {
        var name = StatNames.Sanitize(prefix);
        Scope = store.GetScope($"http.{name}.", hasRouter ? Layout : PlainLayout);
        _classes = new ResponseCodeStats(Scope, "downstream_rq_", false);
        if (listenerPrefix.Length > 0)
        {
            _listenerClasses = new ResponseCodeStats(
                store.GetScope($"listener.{StatNames.Sanitize(listenerPrefix)}.http.{name}.", ListenerLayout),
                "downstream_rq_", false, true);
        }
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
        _listenerClasses?.Count(worker, code);
        Add(worker, HttpStat.DownstreamRqCompleted);
    }
}
