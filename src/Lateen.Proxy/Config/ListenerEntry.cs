using Lateen.Proxy.Listeners;

namespace Lateen.Proxy.Config;

/// <summary>A listener by name: the active one, the one that warms, and the last that was refused.</summary>
internal sealed class ListenerEntry(string name, bool isStatic)
{
    public string Name { get; } = name;

    public bool IsStatic { get; } = isStatic;

    public Listener? Active { get; set; }

    public ResourceVersion? ActiveSource { get; set; }

    public Listener? Warming { get; set; }

    public ResourceVersion? WarmingSource { get; set; }
}
