using Lateen.Proxy.Discovery;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Config;

/// <summary>One runtime layer.</summary>
internal sealed class RuntimeLayerEntry(string name)
{
    public string Name { get; } = name;

    public Dictionary<string, RuntimeValue> Values { get; } = [];

    /// <summary>Where it comes from; null: it stands in the bootstrap.</summary>
    public DiscoverySource? Source { get; set; }

    /// <summary>Name of the discovered resource.</summary>
    public string Resource { get; set; } = "";

    /// <summary>Nothing has come yet.</summary>
    public bool IsAwaited { get; set; }
}
