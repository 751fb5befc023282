namespace Lateen.Proxy.Clusters;

/// <summary>One worker's load balancing of one cluster, rebuilt when the hosts change.</summary>
internal sealed class LoadBalancerState(Cluster cluster, int worker, ulong seed)
{
    private readonly LoadBalancerConfig _config = cluster.Config.LoadBalancer;
    private WorkerRandom _random = new(seed);
    private HostSet? _hosts;
    private HostSet? _local;
    private LocalityPicker?[] _pickers = [];
    private ZoneRouting? _zones;

    /// <summary>Picks a host, or null when none may be used; <paramref name="panic"/> tells that health was
    /// ignored.</summary>
    public Host? Pick(HostSet hosts, LoadBalancerContext context, int attempt, out bool panic)
    {
        var random = context.Hash ?? _random.Next();
        var (healthy, degraded) = context is { PriorityUpdateFrequency: > 0, RetryAttempt: > 0 }
            ? context.Priorities.LoadFor(hosts, context.PriorityUpdateFrequency)
            : (hosts.HealthyLoad, hosts.DegradedLoad);
        var (priority, isDegraded) = PriorityLoads.Pick(healthy, degraded, random);
        return PickIn(hosts, priority, isDegraded, context, attempt, out panic);
    }

    /// <summary>Picks within a priority.</summary>
    public Host? PickIn(
        HostSet hosts, int priority, bool degraded, LoadBalancerContext context, int attempt, out bool panic)
    {
        var local = _config.ZoneAware is null ? null : cluster.LocalHosts;
        if (!ReferenceEquals(_hosts, hosts) || !ReferenceEquals(_local, local))
        {
            _hosts = hosts;
            _local = local;
            _pickers = new LocalityPicker?[hosts.Priorities.Length * 3];
            _zones = local is null ? null : BuildZones(hosts, local);
        }
        panic = hosts.InPanic[priority];
        if (panic && _config.FailTrafficOnPanic)
        {
            return null;
        }
        if (hosts.HashTables.Length > 0)
        {
            return hosts.HashTables[priority].Pick(context.Hash ?? _random.Next(), attempt);
        }
        if (_zones is not null && priority == 0 && !panic && !degraded)
        {
            return _zones.Pick(ref _random, worker);
        }
        var list = panic ? 2 : degraded ? 1 : 0;
        var picker = _pickers[priority * 3 + list] ??= BuildPicker(hosts.Priorities[priority], list);
        return picker.Pick(ref _random);
    }

    private ZoneRouting? BuildZones(HostSet hosts, HostSet local) =>
        ZoneRouting.TryBuild(cluster, hosts, local, worker, ref _random);

    private LocalityPicker BuildPicker(PriorityHosts priority, int list)
    {
        var members = list switch
        {
            0 => priority.Healthy,
            1 => priority.Degraded,
            _ => priority.All,
        };
        return new LocalityPicker(members, priority, cluster, worker, ref _random);
    }
}
