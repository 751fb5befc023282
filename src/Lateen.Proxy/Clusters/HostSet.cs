namespace Lateen.Proxy.Clusters;

/// <summary>
/// All hosts of a cluster at one moment, with the load of each priority worked out. Immutable; a change of hosts or
/// health
/// publishes another one.
/// </summary>
internal sealed class HostSet
{
    public HostSet(IEnumerable<Host> hosts, LoadBalancerConfig config, double overprovisioning)
    {
        Hosts = [.. hosts];
        var last = Hosts.Length == 0 ? 0 : Hosts.Max(host => host.Priority);
        Priorities = new PriorityHosts[last + 1];
        for (var i = 0; i <= last; i++)
        {
            Priorities[i] = new PriorityHosts([.. Hosts.Where(host => host.Priority == i)], overprovisioning);
        }
        HealthyLoad = new int[last + 1];
        DegradedLoad = new int[last + 1];
        InPanic = new bool[last + 1];
        ComputeLoads(config);
        HashTables = config.Policy is LoadBalancerPolicy.RingHash or LoadBalancerPolicy.Maglev
            ? [.. Priorities.Select((p, i) => HashTable.Build(InPanic[i] ? p.All : p.Healthy, config))]
            : [];
    }

    public Host[] Hosts { get; }

    public PriorityHosts[] Priorities { get; }

    /// <summary>Percent of the traffic for the healthy hosts of each priority.</summary>
    public int[] HealthyLoad { get; }

    public int[] DegradedLoad { get; }

    /// <summary>Priorities that use all their hosts since too few are healthy.</summary>
    public bool[] InPanic { get; }

    /// <summary>For ring hash and Maglev: one per priority.</summary>
    public HashTable[] HashTables { get; }

    /// <summary>The priority for a random number and whether its degraded hosts are meant.</summary>
    public (int Priority, bool Degraded) PickPriority(ulong random)
    {
        var point = (int)(random % 100) + 1;
        var sum = 0;
        for (var i = 0; i < HealthyLoad.Length; i++)
        {
            sum += HealthyLoad[i];
            if (sum >= point)
            {
                return (i, false);
            }
        }
        for (var i = 0; i < DegradedLoad.Length; i++)
        {
            sum += DegradedLoad[i];
            if (sum >= point)
            {
                return (i, true);
            }
        }
        return (0, false);
    }

    private void ComputeLoads(LoadBalancerConfig config)
    {
        var total = Math.Min(100, Priorities.Sum(p => p.HealthyPercent + p.DegradedPercent));
        if (total > 0)
        {
            Distribute(total);
        }
        else
        {
            HealthyLoad[0] = 100;
        }
        if (total == 100 || (total == 0 && config.HealthyPanicThreshold == 0))
        {
            return;
        }
        var allPanic = true;
        for (var i = 0; i < Priorities.Length; i++)
        {
            var p = Priorities[i];
            var available = p.All.Length == 0 ? 0 : 100.0 * (p.Healthy.Length + p.Degraded.Length) / p.All.Length;
            InPanic[i] = available < config.HealthyPanicThreshold;
            allPanic &= InPanic[i];
        }
        if (allPanic && Hosts.Length > 0)
        {
            DistributeByCount();
        }
    }

    private void Distribute(int total)
    {
        var remaining = 100;
        foreach (var (loads, healthy) in new[] { (HealthyLoad, true), (DegradedLoad, false) })
        {
            for (var i = 0; i < Priorities.Length; i++)
            {
                var percent = healthy ? Priorities[i].HealthyPercent : Priorities[i].DegradedPercent;
                loads[i] = Math.Min(remaining, percent * 100 / total);
                remaining -= loads[i];
            }
        }
        var first = Array.FindIndex(HealthyLoad, load => load > 0);
        if (first >= 0)
        {
            HealthyLoad[first] += remaining;
        }
        else
        {
            DegradedLoad[Math.Max(0, Array.FindIndex(DegradedLoad, load => load > 0))] += remaining;
        }
    }

    private void DistributeByCount()
    {
        var remaining = 100;
        for (var i = 0; i < Priorities.Length; i++)
        {
            DegradedLoad[i] = 0;
            HealthyLoad[i] = 100 * Priorities[i].All.Length / Hosts.Length;
            remaining -= HealthyLoad[i];
        }
        HealthyLoad[Array.FindIndex(HealthyLoad, load => load > 0) is var first and >= 0 ? first : 0] += remaining;
    }
}
