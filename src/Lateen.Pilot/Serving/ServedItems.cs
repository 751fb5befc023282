using System.Collections.Immutable;
using Lateen.Pilot.Graph;
using Lateen.Xds.Server;

namespace Lateen.Pilot.Serving;

/// <summary>
/// A part whose resources have results of their own. What a push costs here is the number of results that may have
/// changed; only when the list of keys changes is all of it looked at.
/// </summary>
internal sealed class ServedItems<TKey, TItem, TValue> : ServedSet
    where TKey : notnull
    where TItem : notnull
{
    private readonly Query<TKey, ItemList<TItem>> _items;
    private readonly Query<TItem, TValue> _each;
    private readonly Func<TValue, IEnumerable<XdsResource>> _resourcesOf;
    private readonly TKey _key;
    private readonly Observation _observation;
    private readonly Dictionary<TItem, Entry> _entries = [];
    private readonly Dictionary<Observation, Entry> _byObservation = [];
    private readonly HashSet<Entry> _suspects = [];
    private ItemList<TItem>? _last;
    private string? _failure;

    public ServedItems(
        ResourcePart part,
        Query<TKey, ItemList<TItem>> items,
        Query<TItem, TValue> each,
        Func<TValue, IEnumerable<XdsResource>> resourcesOf,
        TKey key)
        : base(part)
    {
        _items = items;
        _each = each;
        _resourcesOf = resourcesOf;
        _key = key;
        _observation = Watch(items.Observe(key));
    }

    public override IEnumerable<string> Problems
        => _entries.Values.Select(entry => entry.Problem).Append(_failure).OfType<string>();

    public override void Suspect(Observation observation)
    {
        if (_byObservation.TryGetValue(observation, out var entry))
        {
            _suspects.Add(entry);
        }
    }

    public override int Refresh(QueryContext context, XdsPush push)
    {
        var upserts = new Dictionary<string, XdsResource>(StringComparer.Ordinal);
        var removals = new HashSet<string>(StringComparer.Ordinal);
        // A list that cannot be made stays as it was last.
        _failure = _items.TryGet(context, _key, out var list, out var failure) ? null
            : $"{_items.Name} of {_key} cannot be made anew: {failure!.Message}";
        if (_failure is null && !ReferenceEquals(list, _last))
        {
            Follow(list, upserts, removals);
        }
        foreach (var entry in _suspects)
        {
            Look(context, entry, upserts, removals);
        }
        _suspects.Clear();
        removals.ExceptWith(upserts.Keys);
        if (upserts.Count > 0 || removals.Count > 0)
        {
            push.Add(Resources, upserts.Values, removals);
        }
        return upserts.Count + removals.Count;
    }

    public override void Dispose()
    {
        Unwatch(_observation);
        foreach (var entry in _entries.Values)
        {
            Unwatch(entry.Observation);
        }
        _entries.Clear();
        _byObservation.Clear();
    }

    /// <summary>Takes up the keys that came, and lets go of those that went.</summary>
    private void Follow(
        ItemList<TItem> list, Dictionary<string, XdsResource> upserts, HashSet<string> removals)
    {
        Compare(_last?.Fixed.Items ?? [], list.Fixed.Items, upserts, removals);
        _last = list;
        var wanted = list.Items.Items.ToHashSet();
        foreach (var gone in _entries.Values.Where(entry => !wanted.Contains(entry.Key)).ToList())
        {
            removals.UnionWith(gone.Resources.Select(resource => resource.Name));
            _entries.Remove(gone.Key);
            _byObservation.Remove(gone.Observation);
            _suspects.Remove(gone);
            Unwatch(gone.Observation);
        }
        foreach (var key in list.Items)
        {
            if (!_entries.ContainsKey(key))
            {
                var entry = new Entry(key, Watch(_each.Observe(key)));
                _entries.Add(key, entry);
                _byObservation.Add(entry.Observation, entry);
                _suspects.Add(entry);
            }
        }
    }

    /// <summary>A result that failed is left out alone; the others go live.</summary>
    private void Look(
        QueryContext context, Entry entry, Dictionary<string, XdsResource> upserts, HashSet<string> removals)
    {
        var succeeded = _each.TryGet(context, entry.Key, out var value, out var failure);
        entry.Problem = succeeded ? null : $"{_each.Name} {entry.Key} is left out: {failure!.Message}";
        ImmutableArray<XdsResource> now = succeeded ? [.. _resourcesOf(value)] : [];
        Compare(entry.Resources, now, upserts, removals);
        entry.Resources = now;
    }

    private static void Compare(
        ImmutableArray<XdsResource> before,
        ImmutableArray<XdsResource> now,
        Dictionary<string, XdsResource> upserts,
        HashSet<string> removals)
    {
        var held = before.ToDictionary(resource => resource.Name, StringComparer.Ordinal);
        foreach (var resource in now)
        {
            if (!held.Remove(resource.Name, out var old) || !old.Equals(resource))
            {
                upserts[resource.Name] = resource;
            }
        }
        removals.UnionWith(held.Keys);
    }

    private sealed class Entry(TItem key, Observation observation)
    {
        public TItem Key => key;

        public Observation Observation => observation;

        public ImmutableArray<XdsResource> Resources { get; set; } = [];

        public string? Problem { get; set; }
    }
}
