namespace Lateen.Proxy.Clusters;

/// <summary>Round robin, least request or random over one list of hosts; state of one worker.</summary>
internal sealed class HostPicker
{
    private readonly Host[] _hosts;
    private readonly LoadBalancerConfig _config;
    private readonly EdfScheduler? _scheduler;
    private readonly int _worker;
    private uint _next;

    public HostPicker(Host[] hosts, LoadBalancerConfig config, int worker, ref WorkerRandom random)
    {
        _hosts = hosts;
        _config = config;
        _worker = worker;
        _next = hosts.Length == 0 ? 0 : (uint)random.Next(hosts.Length);
        var weighted = config.Policy is LoadBalancerPolicy.RoundRobin or LoadBalancerPolicy.LeastRequest;
        if (weighted && hosts.Length > 1 && HasUnequalWeights(hosts))
        {
            _scheduler = new EdfScheduler(hosts.Length);
            for (var i = 0; i < hosts.Length; i++)
            {
                _scheduler.Add(i, WeightOf(hosts[i]));
            }
            // Workers that start with the same hosts should not all pick the same ones.
            for (var skip = random.Next(hosts.Length); skip > 0; skip--)
            {
                PickScheduled();
            }
        }
    }

    public Host? Pick(ref WorkerRandom random)
    {
        if (_hosts.Length <= 1)
        {
            return _hosts.Length == 0 ? null : _hosts[0];
        }
        if (_scheduler is not null)
        {
            return PickScheduled();
        }
        return _config.Policy switch
        {
            LoadBalancerPolicy.RoundRobin => _hosts[_next++ % (uint)_hosts.Length],
            LoadBalancerPolicy.LeastRequest => PickLeastRequest(ref random),
            _ => _hosts[random.Next(_hosts.Length)],
        };
    }

    private static bool HasUnequalWeights(Host[] hosts)
    {
        foreach (var host in hosts)
        {
            if (host.Weight != hosts[0].Weight)
            {
                return true;
            }
        }
        return false;
    }

    private Host PickScheduled()
    {
        var index = _scheduler!.Take();
        _scheduler.Add(index, WeightOf(_hosts[index]));
        return _hosts[index];
    }

    private double WeightOf(Host host)
    {
        if (_config.Policy != LoadBalancerPolicy.LeastRequest || _config.ActiveRequestBias == 0)
        {
            return host.Weight;
        }
        var active = host.ReadOwn(_worker, HostStat.RqActive) + 1;
        return host.Weight / (_config.ActiveRequestBias == 1 ? active : Math.Pow(active, _config.ActiveRequestBias));
    }

    private Host PickLeastRequest(ref WorkerRandom random)
    {
        if (_config.FullScan)
        {
            return PickFullScan(ref random);
        }
        var best = _hosts[random.Next(_hosts.Length)];
        var bestActive = best.ReadOwn(_worker, HostStat.RqActive);
        for (var i = 1; i < _config.ChoiceCount; i++)
        {
            var candidate = _hosts[random.Next(_hosts.Length)];
            var active = candidate.ReadOwn(_worker, HostStat.RqActive);
            if (active < bestActive)
            {
                (best, bestActive) = (candidate, active);
            }
        }
        return best;
    }

    private Host PickFullScan(ref WorkerRandom random)
    {
        var best = _hosts[0];
        var bestActive = long.MaxValue;
        var ties = 0;
        foreach (var host in _hosts)
        {
            var active = host.ReadOwn(_worker, HostStat.RqActive);
            if (active < bestActive)
            {
                (best, bestActive, ties) = (host, active, 1);
            }
            else if (active == bestActive && random.Next(++ties) == 0)
            {
                best = host;
            }
        }
        return best;
    }
}
