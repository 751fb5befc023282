using System.Collections.Immutable;

namespace Lateen.Pilot.Graph;

/// <summary>A table of versioned facts. Reading a key that has no fact is a dependency like any other: its arrival is a
/// change.</summary>
/// <typeparam name="TKey">Names a fact; compared by value.</typeparam>
/// <typeparam name="TValue">An immutable fact; one that equals its predecessor changes nothing.</typeparam>
public sealed class InputTable<TKey, TValue>
    where TKey : notnull
    where TValue : class
{
    private readonly IncrementalGraph _graph;
    private readonly IEqualityComparer<TValue> _comparer;
    private readonly Dictionary<TKey, Cell> _cells = [];
    private readonly List<IIndex> _indexes = [];

    internal InputTable(IncrementalGraph graph, string name, IEqualityComparer<TValue>? comparer)
    {
        _graph = graph;
        Name = name;
        _comparer = comparer ?? EqualityComparer<TValue>.Default;
    }

    internal interface IIndex
    {
        void Update(TKey key, TValue? before, TValue? after);
    }

    /// <summary>For counters and explanations.</summary>
    public string Name { get; }

    /// <summary>How many facts the table holds.</summary>
    public int Count { get; private set; }

    /// <summary>The fact of this key, or null. Within a query the read is recorded.</summary>
    public TValue? Get(QueryContext context, TKey key)
    {
        ArgumentNullException.ThrowIfNull(context);
        using var access = _graph.Enter();
        if (!_cells.TryGetValue(key, out var cell))
        {
            cell = new Cell(this, key);
            _cells.Add(key, cell);
            _graph.Track(cell);
        }
        context.Graph.Record(cell);
        return cell.Value;
    }

    /// <summary>Puts a fact in place; returns whether that changed anything.</summary>
    public bool Set(TKey key, TValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Replace(key, value);
    }

    /// <summary>Takes a fact away; returns whether there was one.</summary>
    public bool Remove(TKey key) => _cells.ContainsKey(key) && Replace(key, null);

    /// <summary>
    /// Keeps items that are derived from single facts, gathered by bucket, so that a query can depend on one bucket
    /// only. A fact whose items stay equal changes no bucket. Must be called before the first fact arrives.
    /// </summary>
    /// <param name="name">For counters and explanations.</param>
    /// <param name="items">Pure; gives for one fact the buckets it belongs to and what each shall hold of it.</param>
    /// <param name="order">Order of the items in a bucket; ties keep no particular order, so leave none.</param>
    public InputIndex<TKey, TValue, TBucket, TItem> AddIndex<TBucket, TItem>(
        string name,
        Func<TKey, TValue, IEnumerable<(TBucket Bucket, TItem Item)>> items,
        IComparer<TItem> order)
        where TBucket : notnull
        where TItem : notnull
    {
        if (Count > 0)
        {
            throw new InvalidOperationException($"Index {name} comes after the first fact of {Name}.");
        }
        var index = new InputIndex<TKey, TValue, TBucket, TItem>(_graph, name, items, order);
        _indexes.Add(index);
        return index;
    }

    /// <summary>All facts as they are now; for status pages, never for queries (nothing is recorded).</summary>
    public ImmutableArray<KeyValuePair<TKey, TValue>> Snapshot()
    {
        return [.. _cells.Where(c => c.Value.Value is not null)
            .Select(c => KeyValuePair.Create(c.Key, c.Value.Value!))];
    }

    /// <summary>Names of the results that were computed from this fact, directly or through others.</summary>
    public IReadOnlyList<string> DependentsOf(TKey key)
    {
        return _cells.TryGetValue(key, out var cell) ? IncrementalGraph.DescribeDependents(cell) : [];
    }

    private bool Replace(TKey key, TValue? value)
    {
        using var access = _graph.Enter();
        _graph.RequireWritable();
        if (!_cells.TryGetValue(key, out var cell))
        {
            cell = new Cell(this, key);
            _cells.Add(key, cell);
            _graph.Track(cell);
        }
        var before = cell.Value;
        if (before is null ? value is null : value is not null && _comparer.Equals(before, value))
        {
            return false;
        }
        Count += (value is null ? 0 : 1) - (before is null ? 0 : 1);
        cell.Value = value;
        cell.Changed(_graph);
        foreach (var index in _indexes)
        {
            index.Update(key, before, value);
        }
        return true;
    }

    private sealed class Cell(InputTable<TKey, TValue> table, TKey key) : InputNode
    {
        public TValue? Value { get; set; }

        public override bool IsEvictable => Value is null;

        public override string Describe() => $"{table.Name}({key})";

        public override void Evict() => table._cells.Remove(key);
    }
}
