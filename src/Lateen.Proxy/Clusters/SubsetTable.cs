using Google.Protobuf.WellKnownTypes;

namespace Lateen.Proxy.Clusters;

/// <summary>The subsets of a cluster's hosts at one moment; published with the hosts.</summary>
internal sealed class SubsetTable
{
    private const string Namespace = "envoy.lb";

    private readonly Dictionary<string, Subset> _subsets = new(StringComparer.Ordinal);
    private readonly SubsetConfig _config;
    private readonly Subset _all;

    public SubsetTable(HostSet hosts, Cluster cluster, double overprovisioning, int workerCount)
    {
        _config = cluster.Config.Subsets!;
        _all = new Subset(hosts, workerCount);
        foreach (var selector in _config.Selectors)
        {
            Divide(selector.Keys, selector.SingleHost);
        }
        if (_config.Default is { } standard)
        {
            Divide(standard.Keys, false);
        }

        void Divide(string[] keys, bool singleHost)
        {
            var groups = new Dictionary<string, List<Host>>(StringComparer.Ordinal);
            foreach (var host in hosts.Hosts)
            {
                foreach (var name in NamesOf(host, keys))
                {
                    (groups.TryGetValue(name, out var group) ? group : groups[name] = []).Add(host);
                }
            }
            foreach (var (name, members) in groups)
            {
                SharedPlaces += singleHost ? members.Count - 1 : 0;
                if (!_subsets.ContainsKey(name))
                {
                    var set = new HostSet(
                        singleHost ? members.Take(1) : members, cluster.Config.LoadBalancer, overprovisioning, false,
                        _config.LocalityScale);
                    _subsets.Add(name, new Subset(set, workerCount));
                }
            }
        }
    }

    public int Count => _subsets.Count;

    /// <summary>Hosts that stand behind another in a subset that is to have one.</summary>
    public int SharedPlaces { get; private set; }

    /// <summary>Whether a selector allows one host for each of its subsets.</summary>
    public bool HasSingleHosts => _config.Selectors.Any(selector => selector.SingleHost);

    /// <summary>Subsets that the other table does not have.</summary>
    public int CountNotIn(SubsetTable? other) =>
        other is null ? Count : _subsets.Keys.Count(name => !other._subsets.ContainsKey(name));

    /// <summary>The subset for a request; null when it gets no host. <paramref name="fellBack"/>: the cluster's own
    /// fallback was taken, <paramref name="inPanic"/>: any host since nothing else is left.</summary>
    public Subset? Find(SubsetCriteria? criteria, out bool fellBack, out bool inPanic)
    {
        inPanic = false;
        var found = _config.MetadataFallbackList && criteria?.Alternatives is { Length: > 0 } alternatives
            ? FindFirst(alternatives, out fellBack)
            : Find(criteria, out fellBack);
        if ((found is null || found.Hosts.Hosts.Length == 0) && _config.PanicModeAny
            && _config.Fallback is SubsetFallback.AnyEndpoint or SubsetFallback.DefaultSubset
                && _all.Hosts.Hosts.Length > 0)
        {
            fellBack = inPanic = true;
            return _all;
        }
        return found;
    }

    /// <summary>Whether a subset was found, not all hosts.</summary>
    public bool IsSubset(Subset subset) => !ReferenceEquals(subset, _all);

    private Subset? FindFirst(SubsetCriteria[] alternatives, out bool fellBack)
    {
        fellBack = false;
        foreach (var criteria in alternatives)
        {
            if (Find(criteria, out fellBack) is { } subset)
            {
                return subset;
            }
        }
        return null;
    }

    private Subset? Find(SubsetCriteria? criteria, out bool fellBack)
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
                    return criteria.Only(selector.FallbackKeys) is { } fewer ? Find(fewer, out fellBack) : null;
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

    /// <summary>An empty default subset is all hosts.</summary>
    private Subset? Default() => _config.Default is { } standard ? _subsets.GetValueOrDefault(standard.Name) : _all;

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

    /// <summary>The names of the subsets that a host is in for these keys: one, or several where lists count as any of
    /// their values; none when a key is missing.</summary>
    private List<string> NamesOf(Host host, string[] keys)
    {
        Struct? fields = null;
        if (host.Attributes.Metadata?.TryGetValue(Namespace, out fields) != true)
        {
            return keys.Length == 0 ? [""] : [];
        }
        var tuples = new List<string[]> { new string[keys.Length] };
        for (var i = 0; i < keys.Length; i++)
        {
            if (!fields!.Fields.TryGetValue(keys[i], out var value))
            {
                return [];
            }
            var texts = _config.ListAsAny && value.KindCase == Value.KindOneofCase.ListValue
                ? value.ListValue.Values.Select(SubsetCriteria.TextOf).ToArray()
                : [SubsetCriteria.TextOf(value)];
            var index = i;
            tuples = [.. tuples.SelectMany(tuple => texts.Select(text =>
            {
                var copy = (string[])tuple.Clone();
                copy[index] = text;
                return copy;
            }))];
        }
        return [.. tuples.Select(tuple => SubsetCriteria.NameOf(keys, tuple))];
    }
}

/// <summary>Hosts of one subset and the workers' balancing among them.</summary>
internal sealed class Subset(HostSet hosts, int workerCount)
{
    public HostSet Hosts => hosts;

    public LoadBalancerState?[] Balancers { get; } = new LoadBalancerState?[workerCount + 1];
}
