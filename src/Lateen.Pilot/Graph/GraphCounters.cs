namespace Lateen.Pilot.Graph;

/// <summary>What the graph has done since the start. Written by the graph's thread only; others may read them
/// loosely.</summary>
public sealed class GraphCounters
{
    /// <summary>Queries whose function ran.</summary>
    public long Runs { get; internal set; }

    /// <summary>Runs whose result equalled the one before, where a change therefore stopped.</summary>
    public long Unchanged { get; internal set; }

    /// <summary>Results that were looked at again and found valid without a run.</summary>
    public long Verified { get; internal set; }

    /// <summary>Reads that were answered from memory without a look.</summary>
    public long Hits { get; internal set; }

    /// <summary>Results and absent facts that were dropped because nobody read them.</summary>
    public long Evicted { get; internal set; }

    /// <summary>How often the limit on nodes was hit.</summary>
    public long LimitHits { get; internal set; }
}
