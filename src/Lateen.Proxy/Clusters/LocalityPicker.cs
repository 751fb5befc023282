namespace Lateen.Proxy.Clusters;

/// <summary>
/// Picks over the hosts of one priority: straight over all, or first a locality by weight and then a host in it. State
/// of one
/// worker.
/// </summary>
internal sealed class LocalityPicker
{
    private readonly HostPicker? _all;
    private readonly HostPicker[] _localities = [];
    private readonly double[] _weights = [];
    private readonly EdfScheduler? _scheduler;

    public LocalityPicker(
        Host[] hosts, PriorityHosts priority, Cluster cluster, int worker, ref WorkerRandom random)
    {
        if (!cluster.Config.LoadBalancer.LocalityWeighted || !priority.HasLocalityWeights || hosts.Length == 0)
        {
            _all = new HostPicker(hosts, cluster, worker, ref random);
            return;
        }
        var groups = hosts.GroupBy(host => host.Locality).ToArray();
        _localities = new HostPicker[groups.Length];
        _weights = new double[groups.Length];
        _scheduler = new EdfScheduler(groups.Length);
        for (var i = 0; i < groups.Length; i++)
        {
            var members = groups[i].ToArray();
            _localities[i] = new HostPicker(members, cluster, worker, ref random);
            _weights[i] = priority.EffectiveLocalityWeight(groups[i].Key, members.Length);
            if (_weights[i] > 0)
            {
                _scheduler.Add(i, _weights[i]);
            }
        }
    }

    public Host? Pick(ref WorkerRandom random)
    {
        if (_all is not null)
        {
            return _all.Pick(ref random);
        }
        if (_scheduler!.IsEmpty)
        {
            return null;
        }
        var index = _scheduler.Take();
        _scheduler.Add(index, _weights[index]);
        return _localities[index].Pick(ref random);
    }
}
