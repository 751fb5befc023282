namespace Lateen.Proxy.Runtime;

/// <summary>What a connection keeps of an uncommon course: it was handed over, or it drains.</summary>
internal sealed class ConnectionCourse
{
    /// <summary>The listener that accepted it and counts it; null: the one that it belongs to.</summary>
    internal ActiveListener? Accepting { get; set; }

    internal long DrainStartNanos { get; set; }

    internal int Drain { get; set; }
}
