namespace Lateen.Proxy.Clusters;

/// <summary>The hosts of one priority, apart by health. Immutable.</summary>
internal sealed class PriorityHosts
{
    private readonly double _overprovisioning;
    // Null where all hosts are in one place without a weight.
    private readonly Dictionary<Locality, LocalityHosts>? _localities;

    public PriorityHosts(Host[] hosts, double overprovisioning, bool byWeight = false,
        LocalityScale scale = LocalityScale.None)
    {
        _overprovisioning = overprovisioning;
        All = hosts;
        Healthy = Array.TrueForAll(hosts, host => host.IsHealthy && !host.IsExcluded)
            ? hosts
            : [.. hosts.Where(host => host.IsHealthy && !host.IsExcluded)];
        Degraded = ReferenceEquals(Healthy, hosts)
            ? []
            : [.. hosts.Where(host => host.IsDegraded && !host.IsExcluded)];
        CountedHosts = hosts.Count(host => !host.IsExcluded);
        HealthyPercent = Percent(Healthy, byWeight);
        DegradedPercent = Percent(Degraded, byWeight);
        if (Array.TrueForAll(hosts, host =>
            host.Attributes.LocalityWeight == 0 && host.Locality.Equals(hosts[0].Locality)))
        {
            return;
        }
        _localities = [];
        foreach (var host in hosts)
        {
            if (!_localities.TryGetValue(host.Locality, out var locality))
            {
                _localities.Add(host.Locality, locality = new LocalityHosts());
            }
            var weight = scale == LocalityScale.Ignored ? 0 : host.Attributes.LocalityWeight;
            locality.Weight = Math.Max(locality.Weight, weight);
            locality.Total += host.IsExcluded ? 0 : 1;
        }
        if (scale == LocalityScale.ByShare)
        {
            Scale(_localities);
        }
        foreach (var locality in _localities.Values)
        {
            HasLocalityWeights |= locality.Weight > 0;
        }
    }

    public Host[] All { get; }

    public Host[] Healthy { get; }

    public Host[] Degraded { get; }

    /// <summary>Hosts without those that are excluded.</summary>
    public int CountedHosts { get; }

    public bool HasLocalityWeights { get; }

    /// <summary>Share of healthy hosts times the overprovisioning factor, at most 100.</summary>
    public int HealthyPercent { get; }

    public int DegradedPercent { get; }

    public IEnumerable<Locality> LocalityNames =>
        _localities?.Keys ?? (IEnumerable<Locality>)(All.Length == 0 ? [] : [All[0].Locality]);

    /// <summary>A locality's weight, lowered when too few of its hosts are available.</summary>
    public double EffectiveLocalityWeight(Locality locality, int available)
    {
        if (_localities is null)
        {
            return 0;
        }
        var of = _localities[locality];
        return of.Total == 0 ? 0 : of.Weight * Math.Min(1, _overprovisioning * available / of.Total);
    }

    /// <summary>The hosts' cluster knows how many hosts each locality has altogether.</summary>
    private void Scale(Dictionary<Locality, LocalityHosts> localities)
    {
        if (All.Length == 0)
        {
            return;
        }
        var everywhere = All[0].Cluster.LocalitySizes;
        foreach (var (name, locality) in localities)
        {
            var of = everywhere?.GetValueOrDefault((All[0].Priority, name), locality.Total) ?? locality.Total;
            locality.Weight = of == 0 ? 0 : Math.Round(locality.Weight * locality.Total / of);
        }
    }

    private int Percent(Host[] hosts, bool byWeight)
    {
        if (CountedHosts == 0)
        {
            return 0;
        }
        double share;
        if (byWeight)
        {
            var all = All.Where(host => !host.IsExcluded).Sum(host => (double)host.Weight);
            share = all == 0 ? 0 : hosts.Sum(host => (double)host.Weight) / all;
        }
        else
        {
            share = (double)hosts.Length / CountedHosts;
        }
        return (int)Math.Min(100, Math.Floor(_overprovisioning * 100 * share + 1e-9));
    }

    /// <summary>Weight of a locality, and how many hosts it has that count.</summary>
    private sealed class LocalityHosts
    {
        public double Weight { get; set; }

        public int Total { get; set; }
    }
}
