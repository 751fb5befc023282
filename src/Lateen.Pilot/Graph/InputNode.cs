namespace Lateen.Pilot.Graph;

/// <summary>A fact, or the part of a table that an index keeps together. It changes only from outside.</summary>
internal abstract class InputNode : GraphNode
{
    public override void Refresh(IncrementalGraph graph)
    {
        // A fact is always up to date.
    }

    public void Changed(IncrementalGraph graph)
    {
        ChangedAt = graph.NextRevision();
        graph.Propagate(this);
    }
}
