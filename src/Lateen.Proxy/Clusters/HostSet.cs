namespace Lateen.Proxy.Clusters;

/// <summary>
/// All hosts of a cluster at one moment, with the load of each priority worked out. Immutable; a change of hosts or
/// health
/// publishes another one.
/// </summary>
internal sealed class HostSet
{
    private static readonly Locality[] _nowhere = [Locality.None];

    private readonly PriorityLoads _loads;

    public HostSet(
        IEnumerable<Host> hosts, LoadBalancerConfig config, double overprovisioning, bool byWeight = false,
        LocalityScale scale = LocalityScale.None)
    {
        Hosts = [.. hosts];
        var last = Hosts.Length == 0 ? 0 : Hosts.Max(host => host.Priority);
        Priorities = new PriorityHosts[last + 1];
        for (var i = 0; i <= last; i++)
        {
            var own = last == 0 ? Hosts : [.. Hosts.Where(host => host.Priority == i)];
            Priorities[i] = new PriorityHosts(own, overprovisioning, byWeight, scale);
        }
        _loads = PriorityLoads.Of(Priorities, config.HealthyPanicThreshold);
        HashTables = config.Policy is LoadBalancerPolicy.RingHash or LoadBalancerPolicy.Maglev
            ? [.. Priorities.Select((p, i) => HashTable.Build(InPanic[i] ? p.All : p.Healthy, p, config))]
            : [];
        Localities = [.. Priorities[0].LocalityNames];
        if (Localities.Length == 1 && Localities[0].Equals(Locality.None))
        {
            Localities = _nowhere;
        }
    }

    /// <summary>No host at all.</summary>
    public static HostSet Empty { get; } = new([], new LoadBalancerConfig(), 1.4);

    public Host[] Hosts { get; }

    public PriorityHosts[] Priorities { get; }

    public int[] HealthyLoad => _loads.Healthy;

    public int[] DegradedLoad => _loads.Degraded;

    public bool[] InPanic => _loads.InPanic;

    /// <summary>For ring hash and Maglev: one per priority.</summary>
    public HashTable[] HashTables { get; }

    /// <summary>Places of the first priority's hosts.</summary>
    public Locality[] Localities { get; }

    /// <summary>The host at an address; null when there is none.</summary>
    public Host? Find(Addresses.Address address)
    {
        foreach (var host in Hosts)
        {
            if (host.Address.Equals(address))
            {
                return host;
            }
        }
        return null;
    }
}
