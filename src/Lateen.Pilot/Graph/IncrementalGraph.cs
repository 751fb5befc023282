using System.Runtime.InteropServices;

namespace Lateen.Pilot.Graph;

/// <summary>
/// Facts, and the results computed from them. A changed fact makes everything above it suspect; when a suspect result
/// is read, what it depends on is looked at first, and it runs again only if one of these became different.
/// </summary>
/// <remarks>
/// Thread: one at a time. Whoever owns the graph (the control plane's graph thread) writes facts and reads results; a
/// second thread that enters meanwhile gets an exception. Facts and results are immutable, so they may be handed to any
/// thread.
/// </remarks>
public sealed class IncrementalGraph
{
    /// <summary>The bound on nodes when none is given: some 2 KiB each in the worst case.</summary>
    public const int DefaultMaxNodes = 2_000_000;

    private readonly List<Frame> _frames = [];
    private readonly List<Frame> _spareFrames = [];
    private readonly Stack<GraphNode> _work = new();
    private readonly List<Observation> _suspects = [];
    private readonly List<IQuery> _queries = [];
    private readonly int _maxNodes;
    private readonly HashSet<GraphNode> _nodes = [];
    private long _frameIds;
    private int _owner;
    private int _depth;

    /// <param name="maxNodes">When more nodes than this are held, unread ones are evicted at the next <see
    /// cref="Trim"/>.</param>
    public IncrementalGraph(int maxNodes = DefaultMaxNodes)
    {
        _maxNodes = maxNodes;
        Context = new QueryContext(this);
    }

    /// <summary>Reads from outside: nothing is recorded.</summary>
    public QueryContext Context { get; }

    /// <summary>Counts the changes of facts.</summary>
    public long Revision { get; private set; }

    /// <summary>What the graph has done.</summary>
    public GraphCounters Counters { get; } = new();

    /// <summary>How many facts, buckets and results are held.</summary>
    public int NodeCount => _nodes.Count;

    /// <summary>All queries, in the order of their creation.</summary>
    public IReadOnlyList<IQuery> Queries => _queries;

    /// <summary>Set to learn each run as it happens (query, key); for tests and explanations.</summary>
    public Action<string>? RunObserver { get; set; }

    /// <summary>Makes a table of facts.</summary>
    public InputTable<TKey, TValue> CreateInput<TKey, TValue>(string name, IEqualityComparer<TValue>? comparer = null)
        where TKey : notnull
        where TValue : class
        => new(this, name, comparer);

    /// <summary>Makes a query of a pure function.</summary>
    /// <param name="name">For counters and explanations.</param>
    /// <param name="compute">Reads only through its context; returns an immutable value.</param>
    /// <param name="comparer">When two results count as the same; by default their own equality.</param>
    public Query<TKey, TValue> CreateQuery<TKey, TValue>(
        string name,
        Func<QueryContext, TKey, TValue> compute,
        IEqualityComparer<TValue>? comparer = null)
        where TKey : notnull
    {
        var query = new Query<TKey, TValue>(this, name, compute, comparer);
        _queries.Add(query);
        return query;
    }

    /// <summary>The observations whose result may have changed since the last call, each once.</summary>
    public IReadOnlyList<Observation> TakeSuspects()
    {
        using var access = Enter();
        var taken = _suspects.ToArray();
        _suspects.Clear();
        foreach (var observation in taken)
        {
            observation.Reported = false;
        }
        return taken;
    }

    /// <summary>Drops results and absent facts that nothing depends on, nobody observes, and nobody has read in the
    /// last <paramref name="revisions"/> revisions. Returns how many.</summary>
    public int Evict(long revisions)
    {
        using var access = Enter();
        RequireWritable();
        var evicted = 0;
        var again = true;
        while (again)
        {
            var gone = _nodes.Where(n => n.IsEvictable && n.DependentCount == 0 && n.Observation is null
                && n.ReadAt <= Revision - revisions).ToList();
            foreach (var node in gone)
            {
                node.Evict();
                _nodes.Remove(node);
            }
            evicted += gone.Count;
            again = gone.Count > 0;
        }
        Counters.Evicted += evicted;
        return evicted;
    }

    /// <summary>Holds the bound on nodes; cheap while it is not reached. Returns how many nodes were dropped.</summary>
    public int Trim()
    {
        if (_nodes.Count <= _maxNodes)
        {
            return 0;
        }
        Counters.LimitHits++;
        return Evict(0);
    }

    internal static IReadOnlyList<string> DescribeDependents(GraphNode node)
    {
        var seen = new HashSet<GraphNode>();
        var names = new List<string>();
        var work = new Queue<GraphNode>([node]);
        while (work.TryDequeue(out var next))
        {
            foreach (var dependent in next.Dependents())
            {
                if (seen.Add(dependent))
                {
                    names.Add(dependent.Describe());
                    work.Enqueue(dependent);
                }
            }
        }
        return names;
    }

    internal Access Enter()
    {
        var me = Environment.CurrentManagedThreadId;
        var owner = Interlocked.CompareExchange(ref _owner, me, 0);
        if (owner != 0 && owner != me)
        {
            throw new InvalidOperationException("The graph is in use by another thread.");
        }
        _depth++;
        return new Access(this);
    }

    internal void RequireWritable()
    {
        if (_frames.Count > 0)
        {
            throw new InvalidOperationException($"{_frames[^1].GraphNode.Describe()} writes while it is computed.");
        }
    }

    internal long NextRevision() => ++Revision;

    internal void Track(GraphNode node) => _nodes.Add(node);

    internal void Record(GraphNode node)
    {
        node.ReadAt = Revision;
        if (_frames.Count == 0)
        {
            return;
        }
        var frame = _frames[^1];
        if (node.RecordedBy != frame.Id)
        {
            node.RecordedBy = frame.Id;
            frame.Reads.Add(node);
        }
    }

    internal void Propagate(GraphNode changed)
    {
        using var access = Enter();
        changed.SuspectDependents(_work);
        while (_work.TryPop(out var node))
        {
            if (node.Observation is { Reported: false } observation)
            {
                observation.Reported = true;
                _suspects.Add(observation);
            }
            node.SuspectDependents(_work);
        }
    }

    /// <summary>Brings a dependency up to date on behalf of a result that is being verified, so that cycles
    /// show.</summary>
    internal void Verify(GraphNode reader, GraphNode dependency)
    {
        var frame = Push(reader);
        try
        {
            dependency.Refresh(this);
        }
        finally
        {
            Pop(frame);
        }
    }

    internal Frame Push(GraphNode node)
    {
        Frame frame;
        if (_spareFrames.Count > 0)
        {
            frame = _spareFrames[^1];
            _spareFrames.RemoveAt(_spareFrames.Count - 1);
        }
        else
        {
            frame = new Frame();
        }
        frame.Id = ++_frameIds;
        frame.GraphNode = node;
        frame.Reads.Clear();
        _frames.Add(frame);
        return frame;
    }

    internal void Pop(Frame frame)
    {
        _frames.RemoveAt(_frames.Count - 1);
        _spareFrames.Add(frame);
    }

    internal IReadOnlyList<string> RunningPath(GraphNode node)
    {
        var path = new List<string>();
        foreach (var frame in CollectionsMarshal.AsSpan(_frames))
        {
            if (path.Count > 0 || ReferenceEquals(frame.GraphNode, node))
            {
                path.Add(frame.GraphNode.Describe());
            }
        }
        path.Add(node.Describe());
        return path;
    }

    internal void NoteRun(GraphNode node) => RunObserver?.Invoke(node.Describe());

    private void Leave()
    {
        if (--_depth == 0)
        {
            Volatile.Write(ref _owner, 0);
        }
    }

    internal readonly ref struct Access(IncrementalGraph graph)
    {
        public void Dispose() => graph.Leave();
    }

    /// <summary>One run: who runs, and what it has read so far.</summary>
    internal sealed class Frame
    {
        public long Id { get; set; }

        public GraphNode GraphNode { get; set; } = null!;

        public List<GraphNode> Reads { get; } = [];
    }
}
