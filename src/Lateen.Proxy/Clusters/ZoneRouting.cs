using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Clusters;

/// <summary>
/// Routing that prefers the proxy's own zone: as much stays there as the zone's share of the upstream hosts allows, the
/// rest goes to zones that have more hosts than callers. Shares are in 1/10000. State of one worker.
/// </summary>
internal sealed class ZoneRouting
{
    private readonly Cluster _cluster;
    private readonly HostPicker _all;
    private readonly HostPicker[] _pickers;
    private readonly ulong[] _residual;
    private readonly ulong _localShare;
    private readonly bool _allDirectly;

    private ZoneRouting(
        Cluster cluster, HostPicker all, HostPicker[] pickers, ulong[] residual, ulong localShare, bool allDirectly)
    {
        _cluster = cluster;
        _all = all;
        _pickers = pickers;
        _residual = residual;
        _localShare = localShare;
        _allDirectly = allDirectly;
    }

    /// <summary>Null when zones do not matter: only one zone, too few hosts, or an unknown own zone.</summary>
    public static ZoneRouting? TryBuild(
        Cluster cluster, HostSet hosts, HostSet local, int worker, ref WorkerRandom random)
    {
        var config = cluster.Config.LoadBalancer.ZoneAware!;
        var zones = Group(hosts.Priorities[0].Healthy, cluster.OwnLocality);
        if (zones.Count < 2 && config.ForceLocalMinSize == 0)
        {
            return null;
        }
        if (local.Priorities[0].Healthy.Length == 0 || zones[0].Hosts.Length == 0)
        {
            cluster.Stats.Add(worker, ClusterStat.LbLocalClusterNotOk);
            return null;
        }
        if ((ulong)hosts.Priorities[0].Healthy.Length < config.MinClusterSize)
        {
            cluster.Stats.Add(worker, ClusterStat.LbZoneClusterTooSmall);
            return null;
        }
        var locals = Group(local.Priorities[0].Healthy, cluster.OwnLocality);
        var pickers = new HostPicker[zones.Count];
        for (var i = 0; i < pickers.Length; i++)
        {
            pickers[i] = new HostPicker(zones[i].Hosts, cluster, worker, ref random);
        }
        var upstream = zones.Select(zone => Share(zone.Hosts.Length, hosts.Priorities[0].Healthy.Length)).ToArray();
        var callers = zones.Select(zone => Share(
            locals.Find(entry => entry.Zone == zone.Zone).Hosts?.Length ?? 0, local.Priorities[0].Healthy.Length))
            .ToArray();
        var forced = config.ForceLocalMinSize > 0 && zones[0].Hosts.Length >= config.ForceLocalMinSize;
        var direct = forced || (upstream[0] >= callers[0] && upstream[0] > 0);
        var residual = new ulong[zones.Count];
        ulong sum = 0;
        for (var i = 1; i < residual.Length; i++)
        {
            sum += upstream[i] > callers[i] ? upstream[i] - callers[i] : 0;
            residual[i] = sum;
        }
        var share = callers[0] == 0 ? 0 : upstream[0] * 10000 / callers[0];
        var all = new HostPicker(hosts.Priorities[0].Healthy, cluster, worker, ref random);
        return new ZoneRouting(cluster, all, pickers, residual, share, direct);
    }

    public Host? Pick(ref WorkerRandom random, int worker)
    {
        var enabled = _cluster.Config.LoadBalancer.ZoneAware!.RoutingEnabledPercent;
        if (enabled < 100 && random.Next(10000) >= enabled * 100)
        {
            return _all.Pick(ref random);
        }
        var stats = _cluster.Stats;
        if (_allDirectly)
        {
            stats.Add(worker, ClusterStat.LbZoneRoutingAllDirectly);
            return _pickers[0].Pick(ref random);
        }
        if (random.Next() % 10000 < _localShare)
        {
            stats.Add(worker, ClusterStat.LbZoneRoutingSampled);
            return _pickers[0].Pick(ref random);
        }
        stats.Add(worker, ClusterStat.LbZoneRoutingCrossZone);
        var capacity = _residual[^1];
        if (capacity == 0)
        {
            stats.Add(worker, ClusterStat.LbZoneNoCapacityLeft);
            return _pickers[random.Next(_pickers.Length)].Pick(ref random);
        }
        var point = random.Next() % capacity;
        var zone = 1;
        while (zone < _residual.Length - 1 && point >= _residual[zone])
        {
            zone++;
        }
        return _pickers[zone].Pick(ref random);
    }

    /// <summary>Hosts by place, the proxy's own first even if it has none.</summary>
    private static List<(Locality Zone, Host[] Hosts)> Group(Host[] hosts, Locality own)
    {
        var groups = new List<(Locality Zone, Host[] Hosts)> { (own, [.. hosts.Where(host => host.Locality == own)]) };
        groups.AddRange(hosts.Where(host => host.Locality != own).GroupBy(host => host.Locality)
            .OrderBy(group => group.Key.ToString(), StringComparer.Ordinal)
            .Select(group => (group.Key, group.ToArray())));
        return groups;
    }

    private static ulong Share(int part, int whole) => whole == 0 ? 0 : (ulong)part * 10000 / (ulong)whole;
}
