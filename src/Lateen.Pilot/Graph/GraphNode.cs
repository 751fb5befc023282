namespace Lateen.Pilot.Graph;

/// <summary>One fact or one memoised result, with the edges between it and what was computed from it.</summary>
internal abstract class GraphNode
{
    private GraphNode? _onlyDependent;
    private HashSet<GraphNode>? _dependents;

    /// <summary>The revision in which the value last became a different one.</summary>
    public long ChangedAt { get; protected set; }

    /// <summary>Some input below has changed, and it is not known yet whether that matters here.</summary>
    public bool Suspect { get; protected set; }

    /// <summary>Which run last recorded a read of this node; spares a set in the common case.</summary>
    public long RecordedBy { get; set; }

    /// <summary>The observation that waits for changes of this node, if there is one.</summary>
    public Observation? Observation { get; set; }

    public int DependentCount => _dependents?.Count ?? (_onlyDependent is null ? 0 : 1);

    /// <summary>Name and key, for messages and explanations.</summary>
    public abstract string Describe();

    /// <summary>Brings the value up to date; afterwards <see cref="ChangedAt"/> can be trusted.</summary>
    public abstract void Refresh(IncrementalGraph graph);

    /// <summary>Forgets the node in its table; only called when nothing depends on it.</summary>
    public abstract void Evict();

    /// <summary>True when the node may be dropped if nobody reads it: a memo, or a fact that is absent.</summary>
    public abstract bool IsEvictable { get; }

    /// <summary>The revision in which the node was last read from outside or by a query.</summary>
    public long ReadAt { get; set; }

    public void AddDependent(GraphNode node)
    {
        if (_dependents is not null)
        {
            _dependents.Add(node);
        }
        else if (_onlyDependent is null || ReferenceEquals(_onlyDependent, node))
        {
            _onlyDependent = node;
        }
        else
        {
            _dependents = [_onlyDependent, node];
            _onlyDependent = null;
        }
    }

    public void RemoveDependent(GraphNode node)
    {
        if (_dependents is not null)
        {
            _dependents.Remove(node);
        }
        else if (ReferenceEquals(_onlyDependent, node))
        {
            _onlyDependent = null;
        }
    }

    /// <summary>Adds to <paramref name="work"/> each dependent that was not suspect before, and makes it so.</summary>
    public void SuspectDependents(Stack<GraphNode> work)
    {
        if (_onlyDependent is not null)
        {
            _onlyDependent.BecomeSuspect(work);
        }
        else if (_dependents is not null)
        {
            foreach (var dependent in _dependents)
            {
                dependent.BecomeSuspect(work);
            }
        }
    }

    /// <summary>The nodes that read this one when they last ran.</summary>
    public IEnumerable<GraphNode> Dependents()
    {
        return _dependents ?? (_onlyDependent is null ? [] : (IEnumerable<GraphNode>)[_onlyDependent]);
    }

    private void BecomeSuspect(Stack<GraphNode> work)
    {
        if (!Suspect)
        {
            Suspect = true;
            work.Push(this);
        }
    }
}
