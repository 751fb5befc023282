namespace Lateen.Proxy.Clusters;

/// <summary>Round robin, least request or random over one list of hosts; state of one worker.</summary>
internal sealed class HostPicker
{
    private readonly Host[] _hosts;
    private readonly Cluster _cluster;
    private readonly LoadBalancerConfig _config;
    private readonly EdfScheduler? _scheduler;
    private readonly int _worker;
    private readonly double _commonWeight;
    private uint _next;

    public HostPicker(Host[] hosts, Cluster cluster, int worker, ref WorkerRandom random)
    {
        _hosts = hosts;
        _cluster = cluster;
        _config = cluster.Config.LoadBalancer;
        _worker = worker;
        _next = hosts.Length == 0 ? 0 : (uint)random.Next(hosts.Length);
        _commonWeight = _config.ReportedWeights is { } reported ? Median(hosts, reported, cluster.NowNanos) : 1;
        var weighted = _config.Policy is LoadBalancerPolicy.RoundRobin or LoadBalancerPolicy.LeastRequest
            or LoadBalancerPolicy.ClientSideWeighted;
        if (_config.Policy == LoadBalancerPolicy.PickFirst && _config.ShuffleAddressList)
        {
            _hosts = [.. hosts];
            for (var i = _hosts.Length - 1; i > 0; i--)
            {
                var j = random.Next(i + 1);
                (_hosts[i], _hosts[j]) = (_hosts[j], _hosts[i]);
            }
        }
        if (weighted && hosts.Length > 1 && (HasUnequalWeights(hosts) || IsAnyStarting(hosts)))
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
            LoadBalancerPolicy.PickFirst => _hosts[0],
            _ => _hosts[random.Next(_hosts.Length)],
        };
    }

    private bool HasUnequalWeights(Host[] hosts)
    {
        if (_config.ReportedWeights is not null)
        {
            return true;
        }
        foreach (var host in hosts)
        {
            if (host.Weight != hosts[0].Weight)
            {
                return true;
            }
        }
        return false;
    }

    private bool IsAnyStarting(Host[] hosts)
    {
        if (_config.SlowStartWindowNanos <= 0)
        {
            return false;
        }
        var now = _cluster.NowNanos;
        foreach (var host in hosts)
        {
            if (now - host.AddedNanos < _config.SlowStartWindowNanos)
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>What a host counts that has not reported: the median of those that have.</summary>
    private static double Median(Host[] hosts, ReportedWeightConfig config, long now)
    {
        var weights = hosts.Select(host => host.Reported?.WeightAt(now, config)).OfType<double>().Order().ToArray();
        return weights.Length == 0 ? 1 : weights[weights.Length / 2];
    }

    private Host PickScheduled()
    {
        var index = _scheduler!.Take();
        _scheduler.Add(index, WeightOf(_hosts[index]));
        return _hosts[index];
    }

    private double WeightOf(Host host)
    {
        double weight = _config.ReportedWeights is { } reported
            ? host.Reported?.WeightAt(_cluster.NowNanos, reported) ?? _commonWeight
            : host.Weight;
        if (_config.Policy == LoadBalancerPolicy.LeastRequest && _config.ActiveRequestBias != 0)
        {
            var active = host.ReadOwn(_worker, HostStat.RqActive) + 1;
            weight /= _config.ActiveRequestBias == 1 ? active : Math.Pow(active, _config.ActiveRequestBias);
        }
        return _config.SlowStartWindowNanos > 0 ? weight * StartFactor(host) : weight;
    }

    /// <summary>How much of its weight a host has that came lately.</summary>
    private double StartFactor(Host host)
    {
        var age = Math.Max(1_000_000, _cluster.NowNanos - host.AddedNanos);
        if (age >= _config.SlowStartWindowNanos)
        {
            return 1;
        }
        var share = (double)age / _config.SlowStartWindowNanos;
        var factor = _config.SlowStartAggression == 1 ? share : Math.Pow(share, 1 / _config.SlowStartAggression);
        return Math.Max(factor, _config.SlowStartMinWeight);
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
