using System.Collections.Immutable;

namespace Lateen.Pilot.Graph;

/// <summary>Items of the facts of one table, gathered by bucket. A query that reads a bucket depends on that bucket
/// alone.</summary>
public sealed class InputIndex<TKey, TValue, TBucket, TItem> : InputTable<TKey, TValue>.IIndex
    where TKey : notnull
    where TValue : class
    where TBucket : notnull
    where TItem : notnull
{
    private readonly IncrementalGraph _graph;
    private readonly string _name;
    private readonly Func<TKey, TValue, IEnumerable<(TBucket Bucket, TItem Item)>> _items;
    private readonly IComparer<TItem> _order;
    private readonly Dictionary<TBucket, BucketNode> _buckets = [];

    internal InputIndex(
        IncrementalGraph graph,
        string name,
        Func<TKey, TValue, IEnumerable<(TBucket, TItem)>> items,
        IComparer<TItem> order)
    {
        _graph = graph;
        _name = name;
        _items = items;
        _order = order;
    }

    /// <summary>What the bucket holds now, in order; empty when nothing. Within a query the read is recorded.</summary>
    public ImmutableArray<TItem> Get(QueryContext context, TBucket bucket)
    {
        ArgumentNullException.ThrowIfNull(context);
        using var access = _graph.Enter();
        var node = NodeOf(bucket);
        context.Graph.Record(node);
        return node.Sorted(_order);
    }

    void InputTable<TKey, TValue>.IIndex.Update(TKey key, TValue? before, TValue? after)
    {
        var old = before is null ? [] : _items(key, before).ToList();
        var now = after is null ? [] : _items(key, after).ToList();
        if (old.Count == 0 && now.Count == 0)
        {
            return;
        }
        foreach (var (bucket, _) in old)
        {
            NodeOf(bucket).Begin(key);
        }
        foreach (var (bucket, item) in now)
        {
            NodeOf(bucket).Put(key, item);
        }
        foreach (var (bucket, _) in old.Concat(now))
        {
            var node = NodeOf(bucket);
            if (node.End(key))
            {
                node.Changed(_graph);
            }
        }
    }

    private BucketNode NodeOf(TBucket bucket)
    {
        if (!_buckets.TryGetValue(bucket, out var node))
        {
            node = new BucketNode(this, bucket);
            _buckets.Add(bucket, node);
            _graph.Track(node);
        }
        return node;
    }

    private sealed class BucketNode(InputIndex<TKey, TValue, TBucket, TItem> index, TBucket bucket) : InputNode
    {
        private readonly Dictionary<TKey, ImmutableArray<TItem>> _byKey = [];
        private ImmutableArray<TItem> _before;
        private ImmutableArray<TItem> _sorted;
        private bool _open;

        public override bool IsEvictable => _byKey.Count == 0;

        /// <summary>Starts the replacement of one fact's items; the old ones are kept for comparison.</summary>
        public void Begin(TKey key)
        {
            if (!_open)
            {
                _open = true;
                _before = _byKey.TryGetValue(key, out var items) ? items : [];
                _byKey.Remove(key);
            }
        }

        public void Put(TKey key, TItem item)
        {
            Begin(key);
            _byKey[key] = _byKey.TryGetValue(key, out var items) ? items.Add(item) : [item];
        }

        /// <summary>Ends it; true when the items are not what they were.</summary>
        public bool End(TKey key)
        {
            if (!_open)
            {
                return false;
            }
            _open = false;
            var now = _byKey.TryGetValue(key, out var items) ? items : [];
            var changed = !_before.SequenceEqual(now);
            if (changed)
            {
                _sorted = default;
            }
            _before = default;
            return changed;
        }

        public ImmutableArray<TItem> Sorted(IComparer<TItem> order)
        {
            if (_sorted.IsDefault)
            {
                _sorted = [.. _byKey.Values.SelectMany(items => items).Order(order)];
            }
            return _sorted;
        }

        public override string Describe() => $"{index._name}[{bucket}]";

        public override void Evict() => index._buckets.Remove(bucket);
    }
}
