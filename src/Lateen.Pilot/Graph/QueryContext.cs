namespace Lateen.Pilot.Graph;

/// <summary>
/// The right to read the graph. A query receives it, and whatever it reads through it is recorded as what its result
/// depends on. It gives no way to write, so a query cannot change what it is computed from.
/// </summary>
public sealed class QueryContext
{
    private readonly IncrementalGraph _graph;

    internal QueryContext(IncrementalGraph graph)
    {
        _graph = graph;
    }

    internal IncrementalGraph Graph => _graph;
}
