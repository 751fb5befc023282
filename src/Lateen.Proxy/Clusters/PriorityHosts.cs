namespace Lateen.Proxy.Clusters;

/// <summary>The hosts of one priority, apart by health. Immutable.</summary>
internal sealed class PriorityHosts
{
    private readonly double _overprovisioning;
    private readonly Dictionary<Locality, (uint Weight, int Total)> _localities = [];

    public PriorityHosts(Host[] hosts, double overprovisioning)
    {
        _overprovisioning = overprovisioning;
        All = hosts;
        Healthy = [.. hosts.Where(host => host.IsHealthy)];
        Degraded = [.. hosts.Where(host => host.IsDegraded)];
        foreach (var host in hosts)
        {
            var known = _localities.GetValueOrDefault(host.Locality);
            _localities[host.Locality] = (Math.Max(known.Weight, host.Attributes.LocalityWeight), known.Total + 1);
        }
        HasLocalityWeights = _localities.Values.Any(locality => locality.Weight > 0);
        HealthyPercent = Percent(Healthy.Length);
        DegradedPercent = Percent(Degraded.Length);
    }

    public Host[] All { get; }

    public Host[] Healthy { get; }

    public Host[] Degraded { get; }

    public bool HasLocalityWeights { get; }

    /// <summary>Share of healthy hosts times the overprovisioning factor, at most 100.</summary>
    public int HealthyPercent { get; }

    public int DegradedPercent { get; }

    /// <summary>A locality's weight, lowered when too few of its hosts are available.</summary>
    public double EffectiveLocalityWeight(Locality locality, int available)
    {
        var (weight, total) = _localities[locality];
        return weight * Math.Min(1, _overprovisioning * available / total);
    }

    private int Percent(int count)
    {
        return All.Length == 0 ? 0
            : (int)Math.Min(100, Math.Floor(_overprovisioning * 100 * count / All.Length + 1e-9));
    }
}
