using Google.Protobuf.WellKnownTypes;
using Lateen.Core;
using Lateen.Proxy.Discovery;

namespace Lateen.Proxy.Filters;

/// <summary>
/// The place of a filter whose configuration is discovered. Source: <c>core.v3.ExtensionConfigSource</c>.
/// </summary>
internal abstract class ExtensionSlot(string name, DiscoverySource source)
{
    public string Name { get; } = name;

    public DiscoverySource Source { get; } = source;

    /// <summary>Below which its subscription counts.</summary>
    public required string StatPrefix { get; init; }

    /// <summary>The default serves until something comes, and no listener waits.</summary>
    public bool StartsWithDefault { get; init; }

    /// <summary>Nothing came in time, or what came was refused.</summary>
    public bool IsGivenUp { get; set; }

    /// <summary>No listener waits for it.</summary>
    public bool IsSettled => IsGivenUp || StartsWithDefault || HasCurrent;

    protected abstract bool HasCurrent { get; }

    /// <summary>Makes the filter of a discovered configuration. Returns what puts it into force; null with the errors
    /// when it cannot be had.</summary>
    public abstract Action? Prepare(Any config, List<ConfigError> errors);

    /// <summary>The default is in force again.</summary>
    public abstract void Clear();
}
