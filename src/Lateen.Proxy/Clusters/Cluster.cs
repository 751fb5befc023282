using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Clusters;

/// <summary>
/// A cluster as it runs. Its settings never change (a changed resource is another cluster); its hosts are published as
/// <see cref="HostSet"/>s, so that an endpoint update patches them. Workers pick hosts and keep state in cells of their
/// own.
/// </summary>
internal sealed partial class Cluster : IDisposable
{
    private static readonly Lock _ownedLock = new();

    private readonly ulong _seed;
    private readonly TimeProvider _clock;
    // What few clusters need, and all only once used, is made then.
    private LoadBalancerState?[]? _balancers;
    private object?[]? _workerStates;
    private CircuitBreakers? _defaultBreakers;
    private ClusterParts? _parts;
    private HostSet _hosts;

    public Cluster(
        ClusterConfig config, StatsStore store, int workerCount, ulong seed, TimeProvider? clock = null)
    {
        Config = config;
        _clock = clock ?? TimeProvider.System;
        WorkerCount = workerCount;
        _seed = seed;
        Stats = new ClusterStats(store, config.AltStatName.Length > 0 ? config.AltStatName : config.Name);
        TlsStats = HasTls(config) ? new ClusterTlsStats(Stats) : null;
        Http2Stats = config.Http.Protocol == UpstreamProtocol.Http1 ? null
            : new Http2Stats(Stats);
        _hosts = HostSet.Empty;
    }

    public ClusterConfig Config { get; }

    public string Name => Config.Name;

    /// <summary>Name in statistics and logs: alt_stat_name if there is one.</summary>
    public string ObservabilityName => Config.AltStatName.Length > 0 ? Config.AltStatName : Config.Name;

    /// <summary>Runtime key of the percentage of requests that maintenance refuses.</summary>
    public string MaintenanceKey => Parts.MaintenanceKey ??= $"upstream.maintenance_mode.{Config.Name}";

    /// <summary>Requests that the assignment's policy drops. Written by the configuration thread.</summary>
    public Routing.FractionalPercent DropShare
    {
        get => _parts?.DropShare ?? ClusterParts.NoDrops;
        internal set
        {
            if (value != DropShare)
            {
                Parts.DropShare = value;
            }
        }
    }

    /// <summary>What those drops are called in load reports; empty: nothing.</summary>
    public string DropCategory
    {
        get => _parts?.DropCategory ?? "";
        internal set
        {
            if (value != DropCategory)
            {
                Parts.DropCategory = value;
            }
        }
    }

    /// <summary>Requests that were refused for the cluster's sake, for load reports.</summary>
    public DropCounts Drops => Parts.GetDrops(WorkerCount);

    public int WorkerCount { get; }

    public ClusterStats Stats { get; }

    /// <summary>Null when no transport socket of the cluster is TLS.</summary>
    public ClusterTlsStats? TlsStats { get; }

    /// <summary>Null when the cluster is never spoken to in HTTP/2.</summary>
    public Http2Stats? Http2Stats { get; }

    public CircuitBreakers DefaultBreakers => GetBreakers(false);

    public OutlierDetectionConfig? OutlierDetection => Config.OutlierDetection;

    /// <summary>Set by the cluster manager when outlier detection is on.</summary>
    public OutlierDetector? Outlier
    {
        get => _parts?.Outlier;
        internal set
        {
            if (value is not null || _parts is not null)
            {
                Parts.Outlier = value;
            }
        }
    }

    /// <summary>Set by the cluster manager when hosts are checked.</summary>
    public HealthChecks.HealthChecker? HealthChecker
    {
        get => _parts?.HealthChecker;
        internal set
        {
            if (value is not null || _parts is not null)
            {
                Parts.HealthChecker = value;
            }
        }
    }

    /// <summary>Where a cluster that is made of other things gets its hosts; null: it has hosts of its own.</summary>
    public IHostProvider? Provider
    {
        get => _parts?.Provider;
        internal set
        {
            if (value is not null || _parts is not null)
            {
                Parts.Provider = value;
            }
        }
    }

    /// <summary>The cluster of this proxy's own kind, for routing by zones; null: not known.</summary>
    public ClusterSlot? LocalCluster
    {
        get => _parts?.LocalCluster;
        internal set
        {
            if (value is not null || _parts is not null)
            {
                Parts.LocalCluster = value;
            }
        }
    }

    /// <summary>Where this proxy is.</summary>
    public Locality OwnLocality { get; internal set; } = Locality.None;

    /// <summary>Hosts of the proxy's own kind; null: not known.</summary>
    public HostSet? LocalHosts => LocalCluster?.Current?.Hosts;

    /// <summary>Idle connections to hosts that have left, or to all hosts, are to be closed. Any thread.</summary>
    public Action<Cluster>? PoolsStale { get; set; }

    /// <summary>Its first hosts have come and requests use it.</summary>
    public bool IsInForce { get; set; }

    /// <summary>Counts how changes of hosts were passed on. Any thread.</summary>
    public Action<MergeOutcome>? MergeCounter { get; set; }

    /// <summary>Told after hosts have come or gone, and when health has changed. Any thread.</summary>
    public Action<Cluster>? HostsChanged { get; set; }

    /// <summary>Monotonic nanoseconds.</summary>
    public long NowNanos => Lateen.Proxy.Config.MonotonicClock.Nanos(_clock);

    /// <summary>The present hosts.</summary>
    public HostSet Hosts => Volatile.Read(ref _hosts);

    /// <summary>Hosts made on demand.</summary>
    public IEnumerable<Host> OnDemandHosts => Provider?.Hosts ?? [];

    /// <summary>A place for the worker's own state of this cluster. Thread: the worker itself.</summary>
    public ref object? WorkerState(int worker) =>
        ref (_workerStates ?? Keep(ref _workerStates, new object?[WorkerCount + 1]))[worker];

    /// <summary>The limits of a priority, made when they are first used. Thread: any.</summary>
    public CircuitBreakers GetBreakers(bool highPriority) => highPriority
        ? Parts.GetHighBreakers(Config)
        : _defaultBreakers ?? Keep(ref _defaultBreakers, Config.DefaultLimits.Build());

    /// <summary>The limits of a priority to look at: with nothing taken if they were never used.</summary>
    public CircuitBreakers SeeBreakers(bool highPriority) => highPriority
        ? _parts?.HighBreakers ?? Config.HighLimits.Build()
        : _defaultBreakers ?? Config.DefaultLimits.Build();

    /// <summary>Ends with the cluster: timers, watches, look-ups.</summary>
    public void Own(IDisposable part)
    {
        lock (_ownedLock)
        {
            (Parts.Owned ??= []).Add(part);
        }
    }

    /// <summary>Ends what the cluster owns; its hosts are gone.</summary>
    public void Dispose()
    {
        List<IDisposable>? owned = null;
        lock (_ownedLock)
        {
            if (_parts is { } parts)
            {
                (owned, parts.Owned) = (parts.Owned, null);
            }
        }
        foreach (var part in owned ?? [])
        {
            part.Dispose();
        }
        _parts?.PublishTimer?.Dispose();
        foreach (var host in Hosts.Hosts.Concat(OnDemandHosts))
        {
            host.IsRemoved = true;
        }
    }

    /// <summary>
    /// Picks a host, or null when there is none (count upstream_cx_none_healthy, response flag UH). On retries
    /// candidates that
    /// the context rejects are replaced as often as it allows. Thread: the worker itself.
    /// </summary>
    public Host? PickHost(int worker, LoadBalancerContext context)
    {
        if (!context.OverrideHost.IsEmpty && context.RetryAttempt == 0)
        {
            var asked = Hosts.Find(context.OverrideHost);
            if (asked is not null && (Config.LoadBalancer.OverrideHostStatuses & (1 << asked.StatusNumber)) != 0)
            {
                return asked;
            }
            if (context.IsOverrideStrict)
            {
                return null;
            }
        }
        while (context.NamedHosts is { Count: > 0 } named)
        {
            if (Hosts.Find(named.Dequeue()) is { } host)
            {
                return host;
            }
        }
        if (Provider is { } provider)
        {
            return provider.Pick(worker, context);
        }
        if (_parts?.Subsets is { } subsets)
        {
            return PickFromSubset(subsets, worker, context);
        }
        return Pick(BalancerOf(worker), Hosts, worker, context);
    }

    /// <summary>Picks within one priority, for clusters made of clusters. Thread: the worker itself.</summary>
    public Host? PickHost(int worker, LoadBalancerContext context, int priority, bool degraded)
    {
        var hosts = Hosts;
        if (priority >= hosts.Priorities.Length)
        {
            return null;
        }
        var host = BalancerOf(worker).PickIn(hosts, priority, degraded, context, 0, out var panic);
        if (panic)
        {
            Stats.Add(worker, ClusterStat.LbHealthyPanic);
        }
        return host;
    }

    private ClusterParts Parts => Volatile.Read(ref _parts) ?? Keep(ref _parts, new ClusterParts());

    private static T Keep<T>(ref T? place, T made)
        where T : class => Interlocked.CompareExchange(ref place, made, null) ?? made;

    private LoadBalancerState BalancerOf(int worker) =>
        (_balancers ?? Keep(ref _balancers, new LoadBalancerState?[WorkerCount + 1]))[worker] ??= NewBalancer(worker);

    private LoadBalancerState NewBalancer(int worker) => new(this, worker, _seed + (ulong)worker);

    private Host? PickFromSubset(SubsetTable subsets, int worker, LoadBalancerContext context)
    {
        if (subsets.Find(context.Subset, out var fellBack, out var inPanic) is not { } subset)
        {
            return null;
        }
        if (fellBack)
        {
            Stats.Add(worker, inPanic ? ClusterStat.LbSubsetsFallbackPanic : ClusterStat.LbSubsetsFallback);
        }
        else if (subsets.IsSubset(subset))
        {
            Stats.Add(worker, ClusterStat.LbSubsetsSelected);
        }
        return Pick(subset.Balancers[worker] ??= NewBalancer(worker), subset.Hosts, worker, context);
    }

    private Host? Pick(LoadBalancerState balancer, HostSet hosts, int worker, LoadBalancerContext context)
    {
        Host? host = null;
        for (var i = 0; i <= context.SelectionAttemptsMax; i++)
        {
            host = balancer.Pick(hosts, context, i, out var panic);
            if (panic)
            {
                Stats.Add(worker, ClusterStat.LbHealthyPanic);
            }
            if (host is null || !context.ShouldSelectAnother(host))
            {
                return host;
            }
        }
        return host;
    }

    /// <summary>The transport socket for an endpoint's metadata: the first match, else the cluster's own.</summary>
    public TransportSocketConfig SelectTransportSocket(Struct? metadata)
    {
        foreach (var candidate in Config.TransportSocketMatches)
        {
            if (IsSubset(candidate.Match, metadata))
            {
                return candidate;
            }
        }
        return Config.TransportSocket;
    }

    private static bool HasTls(ClusterConfig config) =>
        config.TransportSocket.Tls is not null || config.TransportSocketMatches.Any(match => match.Tls is not null);

    private static bool IsSubset(Struct? match, Struct? metadata)
    {
        if (match is null || match.Fields.Count == 0)
        {
            return true;
        }
        if (metadata is null)
        {
            return false;
        }
        foreach (var (key, value) in match.Fields)
        {
            if (!metadata.Fields.TryGetValue(key, out var actual) || !actual.Equals(value))
            {
                return false;
            }
        }
        return true;
    }
}
