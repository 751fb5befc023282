using Google.Protobuf.WellKnownTypes;

namespace Lateen.Proxy.Clusters;

/// <summary>The subsets of a cluster's hosts at one moment; published with the hosts.</summary>
internal sealed class SubsetTable
{
    private const string Namespace = "envoy.lb";

    private readonly Dictionary<string, Subset> _subsets = new(StringComparer.Ordinal);
    private readonly SubsetConfig _config;
    private readonly Subset _all;

    public SubsetTable(HostSet hosts, ClusterConfig config, double overprovisioning, int workerCount)
    {
        _config = config.Subsets!;
        _all = new Subset(hosts, workerCount);
        var selectors = _config.Selectors.Select(selector => selector.Keys);
        foreach (var keys in _config.Default is { } standard ? selectors.Append(standard.Keys) : selectors)
        {
            foreach (var group in hosts.Hosts.GroupBy(host => NameOf(host, keys)).Where(group => group.Key is not null))
            {
                var set = new HostSet(group, config.LoadBalancer, overprovisioning);
                _subsets.TryAdd(group.Key!, new Subset(set, workerCount));
            }
        }
    }

    public int Count => _subsets.Count;

    /// <summary>The subset for a request; null when it gets no host. <paramref name="fellBack"/>: the cluster's own
    /// fallback was taken.</summary>
    public Subset? Find(SubsetCriteria? criteria, out bool fellBack)
    {
        fellBack = false;
        if (criteria is not null && SelectorOf(criteria) is { } selector)
        {
            if (_subsets.TryGetValue(criteria.Name, out var found))
            {
                return found;
            }
            switch (selector.Fallback)
            {
                case SubsetFallback.NoFallback:
                    return null;
                case SubsetFallback.AnyEndpoint:
                    return _all;
                case SubsetFallback.DefaultSubset:
                    return Default();
                case SubsetFallback.KeysSubset:
                    return criteria.NameFor(selector.FallbackKeys) is { } name
                        ? _subsets.GetValueOrDefault(name)
                        : null;
            }
        }
        fellBack = _config.Fallback is SubsetFallback.AnyEndpoint or SubsetFallback.DefaultSubset;
        return _config.Fallback switch
        {
            SubsetFallback.AnyEndpoint => _all,
            SubsetFallback.DefaultSubset => Default(),
            _ => null,
        };
    }

    /// <summary>Whether a subset was found, not all hosts.</summary>
    public bool IsSubset(Subset subset) => !ReferenceEquals(subset, _all);

    private Subset? Default() => _config.Default is { } standard ? _subsets.GetValueOrDefault(standard.Name) : null;

    private SubsetSelector? SelectorOf(SubsetCriteria criteria)
    {
        foreach (var selector in _config.Selectors)
        {
            if (selector.Keys.AsSpan().SequenceEqual(criteria.Keys))
            {
                return selector;
            }
        }
        return null;
    }

    private static string? NameOf(Host host, string[] keys)
    {
        Struct? fields = null;
        if (host.Attributes.Metadata?.TryGetValue(Namespace, out fields) != true)
        {
            return null;
        }
        var values = new string[keys.Length];
        for (var i = 0; i < keys.Length; i++)
        {
            if (!fields!.Fields.TryGetValue(keys[i], out var value))
            {
                return null;
            }
            values[i] = SubsetCriteria.TextOf(value);
        }
        return SubsetCriteria.NameOf(keys, values);
    }
}

/// <summary>Hosts of one subset and the workers' balancing among them.</summary>
internal sealed class Subset(HostSet hosts, int workerCount)
{
    public HostSet Hosts => hosts;

    public LoadBalancerState?[] Balancers { get; } = new LoadBalancerState?[workerCount + 1];
}
