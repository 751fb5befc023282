using Lateen.Proxy.Clusters;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.HealthChecks;

/// <summary>
/// Checks the hosts of a cluster on the main loop. Hosts come and go by messages; what is found is written into the
/// hosts and published as an endpoint patch of the cluster.
/// </summary>
internal sealed class HealthChecker : IDisposable
{
    private static readonly StatLayout Layout = StatLayout.Build<HealthCheckStat>(
        [HealthCheckStat.Healthy, HealthCheckStat.Degraded]);

    private readonly Cluster _cluster;
    private readonly StatsScope _stats;
    private readonly Dictionary<Host, HealthCheckSession> _sessions = [];
    private readonly HashSet<Host> _awaited = [];

    /// <summary>The cluster with settings for checks and statistics that nobody sees.</summary>
    private readonly Cluster _shadow;
    private Action? _onFirstRound;
    private bool _isOver;

    public HealthChecker(Worker worker, Cluster cluster, HealthCheckConfig config, StatsStore stats)
    {
        Worker = worker;
        Config = config;
        _cluster = cluster;
        _stats = stats.GetScope(cluster.Stats.Scope.Prefix + "health_check.", Layout);
        Events = new HealthCheckEvents(worker, cluster, config);
        _shadow = CreateShadow(cluster, config);
        Overrides = new UpstreamConnector.Overrides(
            config.AlpnProtocols.Length > 0 ? config.AlpnProtocols : null, null, null);
    }

    public Worker Worker { get; }

    public HealthCheckConfig Config { get; }

    /// <summary>TLS settings of the checks' connections.</summary>
    internal UpstreamConnector.Overrides Overrides { get; }

    internal HealthCheckEvents Events { get; }

    /// <summary>
    /// Calls back on the loop once each of the hosts known now has had its first check; at once when there are none.
    /// </summary>
    public void AwaitFirstRound(IReadOnlyList<Host> hosts, Action done)
    {
        Host[] checkedHosts = [.. hosts.Where(host => !host.Attributes.HealthCheck.IsDisabled)];
        Post(() =>
        {
            _onFirstRound = done;
            _awaited.UnionWith(checkedHosts.Where(
                host => (host.Health & HealthFlags.PendingActiveHealthCheck) != 0));
            CompleteFirstRound();
        });
    }

    /// <summary>Hosts have come or gone. Any thread.</summary>
    public void OnHosts(IReadOnlyList<Host> added, IReadOnlyList<Host> removed) => Post(() =>
    {
        foreach (var host in removed)
        {
            if (_sessions.Remove(host, out var session))
            {
                session.Stop();
            }
            _awaited.Remove(host);
        }
        foreach (var host in added)
        {
            if (!host.Attributes.HealthCheck.IsDisabled && !_sessions.ContainsKey(host))
            {
                var session = CreateSession(host);
                _sessions.Add(host, session);
                session.Start();
            }
        }
        CompleteFirstRound();
    });

    /// <summary>A response asked for no more requests. Any thread.</summary>
    public void FailImmediately(Host host) => Post(() =>
    {
        if (_sessions.TryGetValue(host, out var session))
        {
            session.FailImmediately();
        }
    });

    public void Dispose()
    {
        Post(() =>
        {
            _isOver = true;
            foreach (var session in _sessions.Values)
            {
                session.Stop();
            }
            _sessions.Clear();
        });
        _stats.Release();
        _shadow.Dispose();
    }

    /// <summary>The host as its checks see it.</summary>
    internal Host CreateTarget(Host host)
    {
        var match = Config.TransportSocketMatch ?? host.Attributes.TransportSocketMatch;
        return new Host(
            _shadow, host.HealthCheckAddress, host.Hostname,
            new HostAttributes { TransportSocketMatch = match, Metadata = host.Attributes.Metadata });
    }

    internal void Count(HealthCheckStat stat) => _stats.AddFromMain((int)stat);

    internal void CountHealthy(int change) => _stats.AddFromMain((int)HealthCheckStat.Healthy, change);

    internal void CountDegraded(int change) => _stats.AddFromMain((int)HealthCheckStat.Degraded, change);

    internal long Random(long limit) => limit <= 0 ? 0 : (long)(Worker.Random.Next() % (ulong)limit);

    internal long NextIntervalNanos(bool isHealthy, HealthTransition transition)
    {
        long nanos;
        if (_cluster.Stats.Scope.Read((int)ClusterStat.UpstreamCxTotal) == 0)
        {
            nanos = isHealthy ? Config.NoTrafficHealthyIntervalNanos : Config.NoTrafficIntervalNanos;
        }
        else if (transition != HealthTransition.Unchanged)
        {
            nanos = isHealthy ? Config.HealthyEdgeIntervalNanos : Config.UnhealthyEdgeIntervalNanos;
        }
        else
        {
            nanos = isHealthy ? Config.IntervalNanos : Config.UnhealthyIntervalNanos;
        }
        nanos += Random(nanos / 100 * Config.IntervalJitterPercent);
        return nanos + Random(Config.IntervalJitterNanos);
    }

    /// <summary>A check of a host has ended.</summary>
    internal void OnResult(HealthCheckSession session, bool changed, bool wasFirst)
    {
        var host = session.Host;
        if (changed)
        {
            if (!host.IsHealthy && !host.IsDegraded)
            {
                host.CountFailure();
                host.ClosesConnections = _cluster.Config.CloseConnectionsOnHostHealthFailure;
                _cluster.PoolsStale?.Invoke(_cluster);
            }
            if ((host.Health & HealthFlags.FailedActiveHealthCheck) == 0)
            {
                host.ClosesConnections = false;
                _cluster.Outlier?.OnHealthy(host);
            }
            _cluster.OnHealthChanged();
        }
        if (wasFirst && _awaited.Remove(host))
        {
            CompleteFirstRound();
        }
    }

    private void CompleteFirstRound()
    {
        if (_awaited.Count == 0 && _onFirstRound is { } done)
        {
            _onFirstRound = null;
            done();
        }
    }

    private void Post(Action action) => Worker.Loop.TryPost(
        static state =>
        {
            var (self, action) = ((HealthChecker, Action))state!;
            if (!self._isOver)
            {
                action();
            }
        },
        (this, action));

    private HealthCheckSession CreateSession(Host host) => Config.Kind switch
    {
        HealthCheckKind.Http => new HttpHealthCheckSession(this, host),
        HealthCheckKind.Grpc => new GrpcHealthCheckSession(this, host),
        HealthCheckKind.Redis => new RedisHealthCheckSession(this, host),
        HealthCheckKind.Thrift => new ThriftHealthCheckSession(this, host),
        _ => new TcpHealthCheckSession(this, host),
    };

    private static Cluster CreateShadow(Cluster cluster, HealthCheckConfig config)
    {
        var useHttp2 = config.UseHttp2 || config.Kind == HealthCheckKind.Grpc;
        var settings = cluster.Config with
        {
            AltStatName = "",
            HealthCheck = null,
            OutlierDetection = null,
            Subsets = null,
            DefaultLimits = new CircuitBreakerLimits { MaxConnections = uint.MaxValue },
            ConnectTimeoutNanos = config.TimeoutNanos * 2,
            PreconnectRatio = 1,
            HostConnectionsMax = 0,
            Http = cluster.Config.Http with
            {
                Protocol = useHttp2 ? UpstreamProtocol.Http2 : UpstreamProtocol.Http1,
                IdleTimeoutNanos = 0,
                MaxConnectionDurationNanos = 0,
                MaxStreamDurationNanos = 0,
                MaxRequestsPerConnection = config.ReuseConnection ? 0 : 1,
            },
        };
        return new Cluster(settings, new StatsStore(0), cluster.WorkerCount, 1);
    }
}
