using System.Collections.Immutable;

namespace Lateen.Galley;

/// <summary>All objects at one moment. Immutable; any thread may read it.</summary>
public sealed class ConfigSnapshot
{
    private static readonly ImmutableSortedDictionary<(string, string), ConfigObject> _none =
        ImmutableSortedDictionary.Create<(string, string), ConfigObject>(NameOrder.Instance);

    private readonly ImmutableDictionary<ConfigKind, ImmutableSortedDictionary<(string, string), ConfigObject>> _kinds;

    private ConfigSnapshot(
        ImmutableDictionary<ConfigKind, ImmutableSortedDictionary<(string, string), ConfigObject>> kinds, long version)
    {
        _kinds = kinds;
        Version = version;
    }

    /// <summary>No objects, version 0.</summary>
    public static ConfigSnapshot Empty { get; } =
        new(ImmutableDictionary<ConfigKind, ImmutableSortedDictionary<(string, string), ConfigObject>>.Empty, 0);

    /// <summary>Grows by one with each update of its store that changed something.</summary>
    public long Version { get; }

    /// <summary>How many objects there are.</summary>
    public int Count => _kinds.Values.Sum(k => k.Count);

    /// <summary>All objects: kinds in the order of <see cref="ConfigKinds.All"/>, then namespace, then name.</summary>
    public IEnumerable<ConfigObject> All => ConfigKinds.All.SelectMany(List);

    /// <summary>The object of that key; null when there is none.</summary>
    public ConfigObject? Get(ConfigKey key) => OfKind(key.Kind).GetValueOrDefault((key.Namespace, key.Name));

    /// <summary>The object of that kind, namespace and name; null when there is none.</summary>
    public ConfigObject? Get(ConfigKind kind, string @namespace, string name) =>
        Get(new ConfigKey(kind, @namespace, name));

    /// <summary>All objects of a kind, by namespace, then by name.</summary>
    public IEnumerable<ConfigObject> List(ConfigKind kind) => OfKind(kind).Values;

    /// <summary>All objects of a kind in one namespace, by name.</summary>
    public IEnumerable<ConfigObject> List(ConfigKind kind, string @namespace) =>
        OfKind(kind).Values.Where(o => o.Namespace == @namespace);

    internal ConfigSnapshot With(IReadOnlyCollection<ConfigChange> changes)
    {
        var kinds = _kinds.ToBuilder();
        foreach (var group in changes.GroupBy(c => c.Key.Kind))
        {
            var objects = kinds.GetValueOrDefault(group.Key, _none).ToBuilder();
            foreach (var change in group)
            {
                var name = (change.Key.Namespace, change.Key.Name);
                if (change.After is null)
                {
                    objects.Remove(name);
                }
                else
                {
                    objects[name] = change.After;
                }
            }

            kinds[group.Key] = objects.ToImmutable();
        }

        return new ConfigSnapshot(kinds.ToImmutable(), Version + 1);
    }

    private ImmutableSortedDictionary<(string, string), ConfigObject> OfKind(ConfigKind kind) =>
        _kinds.GetValueOrDefault(kind, _none);

    private sealed class NameOrder : IComparer<(string, string)>
    {
        public static NameOrder Instance { get; } = new();

        public int Compare((string, string) x, (string, string) y)
        {
            var first = string.CompareOrdinal(x.Item1, y.Item1);
            return first != 0 ? first : string.CompareOrdinal(x.Item2, y.Item2);
        }
    }
}
