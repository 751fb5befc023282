namespace Lateen.Pilot.Graph;

/// <summary>A query needs its own result: a mistake in the queries, or configuration that refers to itself.</summary>
public sealed class QueryCycleException : InvalidOperationException
{
    internal QueryCycleException(IReadOnlyList<string> path)
        : base($"A query needs its own result: {string.Join(" → ", path)}")
    {
        Path = path;
    }

    /// <summary>The queries of the cycle; first and last are the same.</summary>
    public IReadOnlyList<string> Path { get; }
}
