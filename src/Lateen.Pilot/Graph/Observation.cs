namespace Lateen.Pilot.Graph;

/// <summary>An outside reader's hold on one result: it is not evicted, and the graph says when it may have
/// changed.</summary>
public sealed class Observation : IDisposable
{
    private readonly IncrementalGraph _graph;
    private readonly GraphNode _node;
    private int _references;

    internal Observation(IncrementalGraph graph, GraphNode node)
    {
        _graph = graph;
        _node = node;
    }

    /// <summary>Who wants to look again when it changes; the graph itself does not look at them.</summary>
    public IList<object> Readers { get; } = [];

    /// <summary>Something below has changed since the result was last read.</summary>
    public bool IsSuspect => _node.Suspect;

    internal bool Reported { get; set; }

    /// <summary>Lets go; the last one to do so makes the result evictable.</summary>
    public void Dispose()
    {
        using var access = _graph.Enter();
        if (--_references == 0)
        {
            _node.Observation = null;
        }
    }

    internal void AddReference() => _references++;
}
