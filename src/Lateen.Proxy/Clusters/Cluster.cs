using System.Collections.Concurrent;
using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Clusters;

/// <summary>
/// A cluster as it runs. Its settings never change (a changed resource is another cluster); its hosts are published as
/// <see cref="HostSet"/>s, so that an endpoint update patches them. Workers pick hosts and keep state in cells of their
/// own.
/// </summary>
internal sealed class Cluster
{
    private const int OriginalDstHostsMax = 65536;

    private readonly LoadBalancerState?[] _balancers;
    private readonly object?[] _workerStates;
    private readonly ConcurrentDictionary<Address, Host> _originalDst = new();
    private readonly ulong _seed;
    private readonly Lock _lock = new();
    private HostSet _hosts;
    private SubsetTable? _subsets;
    private double _overprovisioning = 1.4;

    public Cluster(ClusterConfig config, StatsStore store, int workerCount, ulong seed)
    {
        Config = config;
        WorkerCount = workerCount;
        MaintenanceKey = $"upstream.maintenance_mode.{config.Name}";
        _seed = seed;
        Stats = new ClusterStats(store, config.AltStatName.Length > 0 ? config.AltStatName : config.Name);
        TlsStats = HasTls(config) ? new ClusterTlsStats(store, Stats.Scope.Prefix) : null;
        Http2Stats = config.Http.Protocol == UpstreamProtocol.Http1 ? null
            : new Http2Stats(store, Stats.Scope.Prefix + "http2.");
        DefaultBreakers = config.DefaultLimits.Build();
        HighBreakers = config.HighLimits.Build();
        _balancers = new LoadBalancerState?[workerCount + 1];
        _workerStates = new object?[workerCount + 1];
        _hosts = new HostSet([], config.LoadBalancer, _overprovisioning);
    }

    public ClusterConfig Config { get; }

    public string Name => Config.Name;

    /// <summary>Name in statistics and logs: alt_stat_name if there is one.</summary>
    public string ObservabilityName => Config.AltStatName.Length > 0 ? Config.AltStatName : Config.Name;

    /// <summary>Runtime key of the percentage of requests that maintenance refuses.</summary>
    public string MaintenanceKey { get; }

    /// <summary>Requests that the assignment's policy drops. Written by the configuration thread.</summary>
    public Routing.FractionalPercent DropShare { get; internal set; } = new(0, 100);

    public int WorkerCount { get; }

    public ClusterStats Stats { get; }

    /// <summary>Null when no transport socket of the cluster is TLS.</summary>
    public ClusterTlsStats? TlsStats { get; }

    /// <summary>Null when the cluster is never spoken to in HTTP/2.</summary>
    public Http2Stats? Http2Stats { get; }

    public CircuitBreakers DefaultBreakers { get; }

    public CircuitBreakers HighBreakers { get; }

    public OutlierDetectionConfig? OutlierDetection => Config.OutlierDetection;

    /// <summary>Set by the cluster manager when outlier detection is on.</summary>
    public OutlierDetector? Outlier { get; internal set; }

    /// <summary>The present hosts.</summary>
    public HostSet Hosts => Volatile.Read(ref _hosts);

    /// <summary>Hosts made on demand by an ORIGINAL_DST cluster.</summary>
    public ICollection<Host> OriginalDstHosts => _originalDst.Values;

    /// <summary>A place for the worker's own state of this cluster. Thread: the worker itself.</summary>
    public ref object? WorkerState(int worker) => ref _workerStates[worker];

    public CircuitBreakers GetBreakers(bool highPriority) => highPriority ? HighBreakers : DefaultBreakers;

    /// <summary>
    /// Picks a host, or null when there is none (count upstream_cx_none_healthy, response flag UH). On retries
    /// candidates that
    /// the context rejects are replaced as often as it allows. Thread: the worker itself.
    /// </summary>
    public Host? PickHost(int worker, LoadBalancerContext context)
    {
        if (Config.Type == DiscoveryType.OriginalDst)
        {
            return PickOriginalDst(context.OriginalDestination);
        }
        if (!context.OverrideHost.IsEmpty && context.RetryAttempt == 0)
        {
            if (FindOverride(context.OverrideHost) is { } named)
            {
                return named;
            }
            if (context.IsOverrideStrict)
            {
                return null;
            }
        }
        if (Volatile.Read(ref _subsets) is { } subsets)
        {
            return PickFromSubset(subsets, worker, context);
        }
        var balancer = _balancers[worker] ??= NewBalancer(worker);
        return Pick(balancer, Hosts, worker, context);
    }

    /// <summary>The host of an address, unless it is unhealthy.</summary>
    private Host? FindOverride(Address address)
    {
        foreach (var host in Hosts.Hosts)
        {
            if (host.Address.Equals(address))
            {
                return (host.Health & HealthFlags.Unhealthy) == 0 ? host : null;
            }
        }
        return null;
    }

    private LoadBalancerState NewBalancer(int worker) =>
        new(Config.LoadBalancer, worker, _seed + (ulong)worker);

    private Host? PickFromSubset(SubsetTable subsets, int worker, LoadBalancerContext context)
    {
        if (subsets.Find(context.Subset, out var fellBack) is not { } subset)
        {
            return null;
        }
        if (fellBack)
        {
            Stats.Add(worker, ClusterStat.LbSubsetsFallback);
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
            host = balancer.Pick(hosts, context, out var panic);
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

    /// <summary>
    /// Makes these the cluster's hosts. A host of the same address and transport socket stays the same object, with its
    /// pools and
    /// counters. Thread: configuration.
    /// </summary>
    internal void ApplyHosts(IReadOnlyList<HostSpec> specs, double overprovisioning = 1.4)
    {
        lock (_lock)
        {
            _overprovisioning = overprovisioning;
            var old = _hosts.Hosts.ToDictionary(host => host.Address);
            var hosts = new List<Host>(specs.Count);
            var changed = false;
            var seen = new HashSet<Address>();
            foreach (var spec in specs)
            {
                if (!seen.Add(spec.Address))
                {
                    continue;
                }
                if (old.Remove(spec.Address, out var host) && host.Hostname == spec.Hostname
                    && ReferenceEquals(
                        host.TransportSocket, SelectTransportSocket(spec.Attributes.TransportSocketMatch)))
                {
                    host.Update(spec.Attributes);
                }
                else
                {
                    host = new Host(this, spec.Address, spec.Hostname, spec.Attributes);
                    changed = true;
                }
                host.SetHealth(
                    HealthFlags.FailedEdsHealth | HealthFlags.DegradedEdsHealth | HealthFlags.EdsStatusDraining, false);
                host.SetHealth(spec.Attributes.EdsHealth, true);
                hosts.Add(host);
            }
            foreach (var gone in old.Values)
            {
                gone.IsRemoved = changed = true;
            }
            if (changed)
            {
                Stats.Scope.AddFromMain((int)ClusterStat.MembershipChange);
            }
            Publish(hosts);
        }
    }

    /// <summary>Works the loads out again after a change of health. Any thread; rare.</summary>
    internal void OnHealthChanged()
    {
        lock (_lock)
        {
            Publish(_hosts.Hosts);
        }
    }

    /// <summary>Drops hosts made on demand that no connection uses any more.</summary>
    internal void CleanUpOriginalDst()
    {
        foreach (var (address, host) in _originalDst)
        {
            if (host.Read(HostStat.CxActive) == 0 && _originalDst.TryRemove(address, out _))
            {
                host.IsRemoved = true;
            }
        }
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

    private void Publish(IReadOnlyCollection<Host> hosts)
    {
        var set = new HostSet(hosts, Config.LoadBalancer, _overprovisioning);
        if (Config.Subsets is not null)
        {
            var subsets = new SubsetTable(set, Config, _overprovisioning, WorkerCount);
            Volatile.Write(ref _subsets, subsets);
            Stats.Scope.Set((int)ClusterStat.LbSubsetsActive, subsets.Count);
        }
        Volatile.Write(ref _hosts, set);
        Stats.Scope.Set((int)ClusterStat.MembershipTotal, set.Hosts.Length);
        Stats.Scope.Set((int)ClusterStat.MembershipHealthy, set.Priorities.Sum(p => p.Healthy.Length));
        Stats.Scope.Set((int)ClusterStat.MembershipDegraded, set.Priorities.Sum(p => p.Degraded.Length));
    }

    private Host? PickOriginalDst(Address destination)
    {
        if (destination.IsEmpty)
        {
            return null;
        }
        if (Config.UpstreamPortOverride > 0)
        {
            destination = new Address(destination.Ip, Config.UpstreamPortOverride);
        }
        if (_originalDst.TryGetValue(destination, out var host))
        {
            return host;
        }
        return _originalDst.Count >= OriginalDstHostsMax
            ? null
            : _originalDst.GetOrAdd(
                destination, static (address, self) => new Host(self, address, "", new HostAttributes()), this);
    }
}
