using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Admin;

/// <summary>Counts the admin port as a listener and connection manager of its own, both named <c>admin</c>. Thread:
/// any.</summary>
internal sealed class AdminStats(StatsStore store)
{
    private readonly HttpStats _http = new(store, "admin", "admin", false);
    private readonly ListenerStats _listener = new(store, "admin", false, false);
    private readonly StatsScope _thread = store.GetScope("listener.admin.main_thread.", StatLayout.Of(
        ["downstream_cx_active", "downstream_cx_total"], [StatKind.Gauge, StatKind.Counter], []));
    private readonly Lock _lock = new();

    public void OnConnection()
    {
        lock (_lock)
        {
            _listener.OnConnectionOpened(0);
            _thread.Add(0, 0);
            _thread.Add(0, 1);
            _http.Add(0, HttpStat.DownstreamCxTotal);
            _http.Add(0, HttpStat.DownstreamCxActive);
            _http.Add(0, HttpStat.DownstreamCxHttp1Total);
            _http.Add(0, HttpStat.DownstreamCxHttp1Active);
        }
    }

    public void OnClosed(bool isLocal, long lengthMillis)
    {
        lock (_lock)
        {
            _listener.OnConnectionClosed(0, lengthMillis);
            _thread.Add(0, 0, -1);
            _http.Add(0, HttpStat.DownstreamCxDestroy);
            _http.Add(0, isLocal ? HttpStat.DownstreamCxDestroyLocal : HttpStat.DownstreamCxDestroyRemote);
            _http.Add(0, HttpStat.DownstreamCxActive, -1);
            _http.Add(0, HttpStat.DownstreamCxHttp1Active, -1);
            _http.Record(0, HttpHistogram.DownstreamCxLengthMs, lengthMillis);
        }
    }

    public void OnRequest(int bytes)
    {
        lock (_lock)
        {
            _http.Add(0, HttpStat.DownstreamRqTotal);
            _http.Add(0, HttpStat.DownstreamRqHttp1Total);
            _http.Add(0, HttpStat.DownstreamRqActive);
            _http.Add(0, HttpStat.DownstreamCxRxBytesTotal, bytes);
        }
    }

    public void OnResponse(int status, int bytes, long millis)
    {
        lock (_lock)
        {
            _http.Add(0, HttpStat.DownstreamRqActive, -1);
            _http.Add(0, HttpStat.DownstreamCxTxBytesTotal, bytes);
            _http.CountResponse(0, status);
            _http.Record(0, HttpHistogram.DownstreamRqTime, millis);
        }
    }
}
