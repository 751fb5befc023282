namespace Lateen.Pilot.Graph;

/// <summary>What status pages and tests see of a query.</summary>
public interface IQuery
{
    /// <summary>For counters and explanations.</summary>
    string Name { get; }

    /// <summary>How often its function ran: the proof of incrementality.</summary>
    long Runs { get; }

    /// <summary>How many results are remembered.</summary>
    int MemoCount { get; }
}
