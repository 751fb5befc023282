namespace Lateen.Pilot.Serving;

/// <summary>What pushes have done since the start. Written by the graph's thread; others read loosely.</summary>
public sealed class PushCounters
{
    /// <summary>Pushes made.</summary>
    public long Pushes { get; internal set; }

    /// <summary>Resources that came out changed, new or gone; each counts once however many proxies share it.</summary>
    public long ResourcesChanged { get; internal set; }

    /// <summary>Proxies whose group changed.</summary>
    public long ProxiesMoved { get; internal set; }
}
