namespace Lateen.Proxy.Clusters;

/// <summary>
/// An aggregate cluster: the priorities of its members, one member after the other, are its own. A member that is not
/// there is left out.
/// </summary>
internal sealed class AggregateHosts(Cluster cluster) : IHostProvider
{
    /// <summary>Aggregates of aggregates end somewhere.</summary>
    private const int DepthMax = 8;

    private readonly View?[] _views = new View?[cluster.WorkerCount + 1];
    private readonly int[] _depths = new int[cluster.WorkerCount + 1];

    public IEnumerable<Host> Hosts => [];

    public Host? Pick(int worker, LoadBalancerContext context)
    {
        if (_depths[worker] >= DepthMax)
        {
            return null;
        }
        _depths[worker]++;
        var host = PickInMembers(worker, context);
        _depths[worker]--;
        return host;
    }

    private Host? PickInMembers(int worker, LoadBalancerContext context)
    {
        var view = _views[worker];
        if (view is null || !view.IsOf(cluster.Config.Members))
        {
            _views[worker] = view = new View(cluster, worker, view);
        }
        var random = context.Hash ?? view.Random.Next();
        var loads = view.Loads;
        var healthy = loads.Healthy;
        if (context is { PriorityUpdateFrequency: > 0, RetryAttempt: > 0 })
        {
            healthy = view.Without(context.Attempted, context.PriorityUpdateFrequency) ?? healthy;
        }
        var (priority, degraded) = PriorityLoads.Pick(healthy, loads.Degraded, random);
        if (priority >= view.Places.Count)
        {
            return null;
        }
        var (member, local) = view.Places[priority];
        return member.Provider is { } nested
            ? nested.Pick(worker, context)
            : member.PickHost(worker, context, local, degraded);
    }

    /// <summary>The members' priorities in one list, as one worker sees them now.</summary>
    private sealed class View
    {
        private readonly List<(ClusterSlot Slot, Cluster? Cluster, HostSet? Hosts)> _members = [];
        private readonly List<PriorityHosts> _priorities = [];

        public View(Cluster owner, int worker, View? former)
        {
            Random = former?.Random
                ?? new WorkerRandom((ulong)owner.Name.Length * 0x9E3779B97F4A7C15UL + (ulong)worker);
            foreach (var slot in owner.Config.Members)
            {
                var member = slot.Current;
                _members.Add((slot, member, member?.Hosts));
                for (var i = 0; member is not null && i < _members[^1].Hosts!.Priorities.Length; i++)
                {
                    _priorities.Add(_members[^1].Hosts!.Priorities[i]);
                    Places.Add((member, i));
                }
            }
            Loads = new PriorityLoads(_priorities, owner.Config.LoadBalancer.HealthyPanicThreshold);
        }

        public WorkerRandom Random;

        public List<(Cluster Cluster, int Priority)> Places { get; } = [];

        public PriorityLoads Loads { get; }

        public bool IsOf(System.Collections.Immutable.ImmutableArray<ClusterSlot> members)
        {
            for (var i = 0; i < members.Length; i++)
            {
                var (_, cluster, hosts) = _members[i];
                if (!ReferenceEquals(members[i].Current, cluster) || !ReferenceEquals(cluster?.Hosts, hosts))
                {
                    return false;
                }
            }
            return true;
        }

        /// <summary>Loads without the places that were tried; null while they still count or nothing is left.</summary>
        public int[]? Without(IReadOnlyList<Host> attempted, int frequency)
        {
            if (attempted.Count < frequency)
            {
                return null;
            }
            var healthy = new int[Places.Count];
            var total = 0;
            for (var i = 0; i < healthy.Length; i++)
            {
                var (cluster, priority) = Places[i];
                var isTried =
                    attempted.Any(host => ReferenceEquals(host.Cluster, cluster) && host.Priority == priority);
                healthy[i] = isTried ? 0 : _priorities[i].HealthyPercent;
                total += healthy[i];
            }
            if (total == 0)
            {
                return null;
            }
            var remaining = 100;
            while (remaining > 0)
            {
                for (var i = 0; i < healthy.Length && remaining > 0; i++)
                {
                    var share = Math.Min(remaining, healthy[i] * 100 / Math.Min(100, total));
                    healthy[i] = share;
                    remaining -= share;
                }
                if (remaining > 0)
                {
                    healthy[Array.FindIndex(healthy, load => load > 0)] += remaining;
                    remaining = 0;
                }
            }
            return healthy;
        }
    }
}
