using System.Runtime.CompilerServices;

namespace Lateen.Proxy.Stats;

/// <summary>The statistics of one listener, <c>listener.ADDRESS.</c>, with those of its TLS sockets.</summary>
internal sealed class ListenerStats
{
    private static readonly StatLayout Layout = StatLayout.Build<ListenerStat, ListenerHistogram>(
        [ListenerStat.DownstreamCxActive, ListenerStat.DownstreamPreCxActive]);

    private static readonly StatLayout TlsLayout = StatLayout.Build<TlsStat>([]);
    private readonly StatsStore _store;
    private readonly string _tlsName;
    private readonly StatsScope[] _workers;
    private readonly StatsScope _root;
    private StatsScope? _tls;

    /// <param name="store">What holds them.</param>
    /// <param name="prefix">The listener's address or name.</param>
    /// <param name="hasTls">Some chain speaks TLS; those without list nothing of it.</param>
    /// <param name="hasWorkers">Connections are counted for each worker, too.</param>
    public ListenerStats(StatsStore store, string prefix, bool hasTls = true, bool hasWorkers = true)
    {
        var root = $"listener.{StatNames.Sanitize(prefix)}.";
        Scope = store.GetScope(root, Layout);
        _store = store;
        _tlsName = root + "ssl.";
        _tls = hasTls ? store.GetScope(_tlsName, TlsLayout) : null;
        _root = store.GetScope("", StatLayout.Empty);
        _workers = new StatsScope[hasWorkers ? store.WorkerCount + 1 : 1];
        for (var i = 0; i < _workers.Length; i++)
        {
            _workers[i] = i == 0 ? Scope : store.GetScope($"{root}worker_{i - 1}.", WorkerLayout);
        }
    }

    public StatsScope Scope { get; }

    /// <summary>Those of TLS, made when they are first needed.</summary>
    public StatsScope Tls => _tls ??= _store.GetScope(_tlsName, TlsLayout);

    private static StatLayout WorkerLayout { get; } = StatLayout.Build<WorkerStat>([WorkerStat.DownstreamCxActive]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int worker, ListenerStat stat, long amount = 1) => Scope.Add(worker, (int)stat, amount);

    public void Record(int worker, ListenerHistogram histogram, long value) =>
        Scope.Record(worker, (int)histogram, value);

    public void AddTls(int worker, TlsStat stat, long amount = 1) => Tls.Add(worker, (int)stat, amount);

    /// <summary>Counts a refused PROXY header, under the old name that belongs to no listener.</summary>
    public void CountProxyProtocolError(int worker) => _root.Add(
        worker, _root.GetOrAdd("downstream_cx_proxy_proto_error"));

    /// <summary>Counts an accepted connection, also per worker.</summary>
    public void OnConnectionOpened(int worker)
    {
        Add(worker, ListenerStat.DownstreamCxTotal);
        Add(worker, ListenerStat.DownstreamCxActive);
        if (worker > 0)
        {
            _workers[worker].Add(worker, (int)WorkerStat.DownstreamCxTotal);
            _workers[worker].Add(worker, (int)WorkerStat.DownstreamCxActive);
        }
    }

    /// <summary>Counts the end of a connection.</summary>
    public void OnConnectionClosed(int worker, long lengthMs)
    {
        Add(worker, ListenerStat.DownstreamCxDestroy);
        Add(worker, ListenerStat.DownstreamCxActive, -1);
        Record(worker, ListenerHistogram.DownstreamCxLengthMs, lengthMs);
        if (worker > 0)
        {
            _workers[worker].Add(worker, (int)WorkerStat.DownstreamCxActive, -1);
        }
    }

    public void Release()
    {
        Scope.Release();
        _tls?.Release();
        foreach (var scope in _workers.AsSpan(1))
        {
            scope.Release();
        }
    }

    private enum WorkerStat
    {
        DownstreamCxActive,
        DownstreamCxTotal,
    }
}
