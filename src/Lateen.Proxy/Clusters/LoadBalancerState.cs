namespace Lateen.Proxy.Clusters;

/// <summary>One worker's load balancing of one cluster, rebuilt when the hosts change.</summary>
internal sealed class LoadBalancerState(LoadBalancerConfig config, int worker, ulong seed)
{
    private WorkerRandom _random = new(seed);
    private HostSet? _hosts;
    private LocalityPicker?[] _pickers = [];

    /// <summary>Picks a host, or null when none may be used; <paramref name="panic"/> tells that health was
    /// ignored.</summary>
    public Host? Pick(HostSet hosts, LoadBalancerContext context, out bool panic)
    {
        if (!ReferenceEquals(_hosts, hosts))
        {
            _hosts = hosts;
            _pickers = new LocalityPicker?[hosts.Priorities.Length * 3];
        }
        var (priority, degraded) = hosts.PickPriority(context.Hash ?? _random.Next());
        panic = hosts.InPanic[priority];
        if (panic && config.FailTrafficOnPanic)
        {
            return null;
        }
        if (hosts.HashTables.Length > 0)
        {
            return hosts.HashTables[priority].Pick(context.Hash ?? _random.Next(), context.RetryAttempt);
        }
        var list = panic ? 2 : degraded ? 1 : 0;
        var picker = _pickers[priority * 3 + list] ??= BuildPicker(hosts.Priorities[priority], list);
        return picker.Pick(ref _random);
    }

    private LocalityPicker BuildPicker(PriorityHosts priority, int list)
    {
        var members = list switch
        {
            0 => priority.Healthy,
            1 => priority.Degraded,
            _ => priority.All,
        };
        return new LocalityPicker(members, priority, config, worker, ref _random);
    }
}
