using Lateen.Proxy.Discovery;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Config;

/// <summary>One runtime layer.</summary>
internal sealed class RuntimeLayerEntry(string name)
{
    public string Name { get; } = name;

    public Dictionary<string, RuntimeValue> Values { get; } = [];

    /// <summary>Where it comes from; null: it is not discovered.</summary>
    public DiscoverySource? Source { get; set; }

    /// <summary>Name of the discovered resource.</summary>
    public string Resource { get; set; } = "";

    /// <summary>Nothing has come yet.</summary>
    public bool IsAwaited { get; set; }

    /// <summary>Takes what people change through the admin port.</summary>
    public bool IsAdmin { get; init; }

    /// <summary>The folder with its values; empty: it is no layer of files.</summary>
    public string Folder { get; init; } = "";

    /// <summary>The folder is the service cluster's own.</summary>
    public bool IsOfCluster { get; init; }

    /// <summary>It counts: its folder was there when the layers were put together last.</summary>
    public bool IsPresent { get; set; } = true;
}
