namespace Lateen.Xds.Client;

/// <summary>What one response adds, changes and removes. Belongs to the handler while it applies it.</summary>
public sealed class XdsUpdate
{
    internal XdsUpdate(
        string typeUrl, string version, IReadOnlyList<XdsEntry> resources, IReadOnlyList<string> removed)
    {
        TypeUrl = typeUrl;
        Version = version;
        Resources = resources;
        Removed = removed;
    }

    /// <summary>Type of all resources in it.</summary>
    public string TypeUrl { get; }

    /// <summary>Version text of the response.</summary>
    public string Version { get; }

    /// <summary>Resources that are new or changed (or sent again: compare their versions). No name occurs
    /// twice.</summary>
    public IReadOnlyList<XdsEntry> Resources { get; }

    /// <summary>Names that do not exist (any more). In the other protocol, what a complete response leaves
    /// out.</summary>
    public IReadOnlyList<string> Removed { get; }
}
