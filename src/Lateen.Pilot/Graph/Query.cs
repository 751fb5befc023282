using System.Runtime.ExceptionServices;

namespace Lateen.Pilot.Graph;

/// <summary>
/// A pure function whose results are remembered by key. While it runs, every fact and query that it reads is recorded;
/// it runs again only when one of them became different. A result that equals its predecessor stops the change here,
/// and the old object stays, so that readers may compare by reference.
/// </summary>
/// <remarks>A query that throws is remembered as failed with that exception until something that it read
/// changes.</remarks>
public sealed class Query<TKey, TValue> : IQuery
    where TKey : notnull
{
    private readonly IncrementalGraph _graph;
    private readonly Func<QueryContext, TKey, TValue> _compute;
    private readonly IEqualityComparer<TValue> _comparer;
    private readonly Dictionary<TKey, MemoNode> _memos = [];

    internal Query(
        IncrementalGraph graph,
        string name,
        Func<QueryContext, TKey, TValue> compute,
        IEqualityComparer<TValue>? comparer)
    {
        _graph = graph;
        Name = name;
        _compute = compute;
        _comparer = comparer ?? EqualityComparer<TValue>.Default;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public long Runs { get; private set; }

    /// <inheritdoc/>
    public int MemoCount => _memos.Count;

    /// <summary>The result for this key, computed only if needed. Throws what the computation threw.</summary>
    /// <exception cref="QueryCycleException">The query needs its own result.</exception>
    public TValue Get(QueryContext context, TKey key)
    {
        var memo = Read(context, key);
        memo.Failure?.Throw();
        return memo.Value!;
    }

    /// <summary>Like <see cref="Get"/>, but a failure is told, not thrown: for those who cut out a broken part
    /// alone.</summary>
    public bool TryGet(QueryContext context, TKey key, out TValue value, out Exception? failure)
    {
        var memo = Read(context, key);
        failure = memo.Failure?.SourceException;
        value = memo.Value!;
        return failure is null;
    }

    /// <summary>Keeps the result of this key alive and tells when it may have changed. Dispose it to let go.</summary>
    public Observation Observe(TKey key)
    {
        var memo = Read(_graph.Context, key);
        memo.Observation ??= new Observation(_graph, memo);
        memo.Observation.AddReference();
        return memo.Observation;
    }

    private MemoNode Read(QueryContext context, TKey key)
    {
        ArgumentNullException.ThrowIfNull(context);
        using var access = _graph.Enter();
        if (!_memos.TryGetValue(key, out var memo))
        {
            memo = new MemoNode(this, key);
            _memos.Add(key, memo);
            _graph.Track(memo);
        }
        // Recorded first: a read that fails by a cycle is a dependency too.
        _graph.Record(memo);
        memo.Refresh(_graph);
        return memo;
    }

    private sealed class MemoNode : GraphNode
    {
        private readonly Query<TKey, TValue> _query;
        private readonly TKey _key;
        private GraphNode[] _dependencies = [];
        private long _verifiedAt = -1;
        private bool _computing;
        private bool _verifying;

        public MemoNode(Query<TKey, TValue> query, TKey key)
        {
            _query = query;
            _key = key;
            Suspect = true;
        }

        public TValue? Value { get; private set; }

        public ExceptionDispatchInfo? Failure { get; private set; }

        public override bool IsEvictable => true;

        public override string Describe() => $"{_query.Name}({_key})";

        public override void Refresh(IncrementalGraph graph)
        {
            if (!Suspect)
            {
                graph.Counters.Hits++;
                return;
            }
            if (_computing)
            {
                throw new QueryCycleException(graph.RunningPath(this));
            }
            // While it is being verified, a dependency that runs anew may come to read it: then it runs at once, and if
            // that needs the dependency in turn, the cycle is a real one.
            if (_verifiedAt < 0 || _verifying || MustRun(graph))
            {
                Run(graph);
            }
            else
            {
                graph.Counters.Verified++;
            }
            _verifiedAt = graph.Revision;
            Suspect = false;
        }

        public override void Evict()
        {
            foreach (var dependency in _dependencies)
            {
                dependency.RemoveDependent(this);
            }
            _dependencies = [];
            _query._memos.Remove(_key);
        }

        /// <summary>Looks at the dependencies in the order of their reads: what an earlier one decides may make a later
        /// one meaningless.</summary>
        private bool MustRun(IncrementalGraph graph)
        {
            _verifying = true;
            try
            {
                foreach (var dependency in _dependencies)
                {
                    if (dependency.Suspect)
                    {
                        graph.Verify(this, dependency);
                    }
                    if (dependency.ChangedAt > _verifiedAt)
                    {
                        return true;
                    }
                }
                return false;
            }
            finally
            {
                _verifying = false;
            }
        }

        private void Run(IncrementalGraph graph)
        {
            TValue? value = default;
            ExceptionDispatchInfo? failure = null;
            var frame = graph.Push(this);
            _computing = true;
            try
            {
                value = _query._compute(graph.Context, _key);
            }
#pragma warning disable CA1031 // The failure is the result of this unit of work; readers get it thrown or told.
            catch (Exception e)
#pragma warning restore CA1031
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
            finally
            {
                _computing = false;
                graph.Pop(frame);
            }
            Link(frame.Reads);
            graph.Counters.Runs++;
            _query.Runs++;
            graph.NoteRun(this);
            if (_verifiedAt >= 0 && failure is null && Failure is null && _query._comparer.Equals(Value!, value!))
            {
                graph.Counters.Unchanged++;
                return;
            }
            Value = value;
            Failure = failure;
            ChangedAt = graph.Revision;
        }

        private void Link(List<GraphNode> reads)
        {
            if (_dependencies.AsSpan().SequenceEqual(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(reads)))
            {
                return;
            }
            foreach (var dependency in _dependencies)
            {
                dependency.RemoveDependent(this);
            }
            _dependencies = [.. reads];
            foreach (var dependency in _dependencies)
            {
                dependency.AddDependent(this);
            }
        }
    }
}
