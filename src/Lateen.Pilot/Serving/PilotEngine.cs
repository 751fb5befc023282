using System.Collections.Frozen;
using Lateen.Pilot.Graph;
using Lateen.Pilot.Model;
using Lateen.Xds.Server;

namespace Lateen.Pilot.Serving;

/// <summary>
/// Facts in, resource sets out. A push looks only at what the graph says may have changed: groups first, because a
/// proxy may have moved to another one, then the sets. One thread at a time; the sets themselves are read by the
/// streams' threads.
/// </summary>
public sealed class PilotEngine
{
    /// <summary>After so many proxies went, results that nobody holds any more are looked for: they would fill the
    /// memory over many rollouts.</summary>
    internal const int GoneMax = 256;

    private readonly MeshModel _model;
    private readonly IReadOnlyList<IResourceGenerator> _generators;
    private readonly Query<Proxy, ServedParts> _parts;
    private readonly Dictionary<ResourcePart, ServedSet> _sets = [];
    private readonly HashSet<ServedProxy> _proxies = [];
    private int _gone;

    /// <summary>Makes an engine over a model; the generators' queries live in the model's graph.</summary>
    public PilotEngine(MeshModel model, IReadOnlyList<IResourceGenerator> generators)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        _generators = generators;
        _parts = model.Graph.CreateQuery<Proxy, ServedParts>("parts", ComputeParts);
    }

    /// <summary>The model, for facts and for status pages.</summary>
    public MeshModel Model => _model;

    /// <summary>All connected proxies.</summary>
    public IReadOnlyCollection<ServedProxy> Proxies => _proxies;

    /// <summary>How many sets are held.</summary>
    public int SetCount => _sets.Count;

    /// <summary>What is left out anywhere, and why.</summary>
    public IEnumerable<string> Problems => _sets.Values.SelectMany(s => s.Problems).Distinct();

    /// <summary>Counts of what was done.</summary>
    public PushCounters Counters { get; } = new();

    /// <summary>Takes a proxy in; its resources are ready when this returns.</summary>
    /// <param name="proxy">The proxy.</param>
    /// <param name="onMoved">Called on this thread with a type whose set is another one from now on.</param>
    public ServedProxy Connect(Proxy proxy, Action<string> onMoved)
    {
        ArgumentNullException.ThrowIfNull(proxy);
        var parts = _parts.Get(_model.Graph.Context, proxy);
        var served = new ServedProxy(proxy, onMoved, _parts.Observe(proxy));
        served.Observation.Readers.Add(served);
        _proxies.Add(served);
        var push = new XdsPush();
        Bind(served, parts, push);
        push.Publish();
        return served;
    }

    /// <summary>Lets a proxy go; sets that nobody else has go with it.</summary>
    public void Disconnect(ServedProxy served)
    {
        ArgumentNullException.ThrowIfNull(served);
        if (!_proxies.Remove(served))
        {
            return;
        }
        served.Observation.Readers.Remove(served);
        served.Observation.Dispose();
        foreach (var set in served.Sets)
        {
            Release(set);
        }
        served.Sets.Clear();
        if (++_gone >= GoneMax)
        {
            _gone = 0;
            _model.Graph.Evict(0);
        }
    }

    /// <summary>Publishes what the changes of facts since the last push come to. Returns the number of changed
    /// resources.</summary>
    public int Push()
    {
        var push = new XdsPush();
        var moved = new List<(ServedProxy Proxy, List<string> Types)>();
        var changed = 0;
        var suspects = _model.Graph.TakeSuspects();
        foreach (var proxy in suspects.SelectMany(s => s.Readers).OfType<ServedProxy>().ToList())
        {
            var parts = _parts.Get(_model.Graph.Context, proxy.Proxy);
            if (parts != proxy.Parts)
            {
                moved.Add((proxy, Bind(proxy, parts, push)));
            }
        }
        foreach (var set in SuspectSets(suspects))
        {
            changed += set.Refresh(_model.Graph.Context, push);
        }
        push.Publish();
        foreach (var (proxy, types) in moved)
        {
            foreach (var type in types)
            {
                proxy.OnMoved(type);
            }
        }
        _model.Graph.Trim();
        Counters.Pushes++;
        Counters.ResourcesChanged += changed;
        Counters.ProxiesMoved += moved.Count;
        return changed;
    }

    /// <summary>The sets in which something may have changed, told of what.</summary>
    private static HashSet<ServedSet> SuspectSets(IReadOnlyList<Observation> suspects)
    {
        var sets = new HashSet<ServedSet>();
        foreach (var suspect in suspects)
        {
            foreach (var set in suspect.Readers.OfType<ServedSet>())
            {
                set.Suspect(suspect);
                sets.Add(set);
            }
        }
        return sets;
    }

    private ServedParts ComputeParts(QueryContext context, Proxy proxy)
    {
        var group = _model.Proxies.GroupOf(context, proxy);
        return new ServedParts(group, _generators.SelectMany(g => g.PartsOf(context, group)).ToEquatable());
    }

    /// <summary>Gives the proxy the sets of its parts; returns the types whose set is another one.</summary>
    private List<string> Bind(ServedProxy served, ServedParts parts, XdsPush push)
    {
        var before = served.Sets.ToList();
        served.Parts = parts;
        served.Sets.Clear();
        foreach (var part in parts.Parts)
        {
            served.Sets.Add(Acquire(part, push));
        }
        var changedTypes = before.Except(served.Sets).Concat(served.Sets.Except(before))
            .Select(s => s.Part.TypeUrl).Distinct().ToList();
        foreach (var set in before)
        {
            Release(set);
        }
        var old = served.Resources;
        var names = ClientNames.Of(parts.Group);
        served.Publish(served.Sets.GroupBy(s => s.Part.TypeUrl).ToFrozenDictionary(
            g => g.Key,
            g => !changedTypes.Contains(g.Key) && old.TryGetValue(g.Key, out var same) ? same
                : Combine([.. g], names)));
        return changedTypes;
    }

    private static IXdsResources Combine(List<ServedSet> sets, ClientNames names)
    {
        IXdsResources For(ServedSet set)
            => set.Part.HasTemplates ? new ClientResources(set.Resources, names) : set.Resources;
        return sets.Count switch
        {
            1 => For(sets[0]),
            2 => new CompositeResources(For(sets[0]), For(sets[1])),
            _ => throw new InvalidOperationException(
                $"{sets.Count} parts of {sets[0].Part.TypeUrl}; at most two can be served."),
        };
    }

    private ServedSet Acquire(ResourcePart part, XdsPush push)
    {
        if (!_sets.TryGetValue(part, out var set))
        {
            set = part.Serve();
            _sets.Add(part, set);
            set.Refresh(_model.Graph.Context, push);
        }
        set.References++;
        return set;
    }

    private void Release(ServedSet set)
    {
        if (--set.References == 0)
        {
            _sets.Remove(set.Part);
            set.Dispose();
        }
    }
}
