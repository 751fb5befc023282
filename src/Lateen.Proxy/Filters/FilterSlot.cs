using Lateen.Proxy.Discovery;

namespace Lateen.Proxy.Filters;

/// <summary>
/// The place of an HTTP filter whose configuration is discovered. A stream takes <see cref="Active"/> once and stays
/// with it. Source: <c>core.v3.ExtensionConfigSource</c>.
/// </summary>
internal sealed class FilterSlot(string name, DiscoverySource source)
{
    private HttpFilter? _current;

    public string Name { get; } = name;

    public DiscoverySource Source { get; } = source;

    /// <summary>What serves where nothing was discovered; null: requests are refused.</summary>
    public HttpFilter? Default { get; init; }

    /// <summary>The default serves until something comes, and no listener waits.</summary>
    public bool StartsWithDefault { get; init; }

    /// <summary>Makes the filter of a discovered configuration; null with the errors when it cannot be had.</summary>
    public required Func<Google.Protobuf.WellKnownTypes.Any, List<Core.ConfigError>, HttpFilter?> Build { get; init; }

    /// <summary>Nothing came in time, or what came was refused.</summary>
    public bool IsGivenUp { get; set; }

    /// <summary>No listener waits for it.</summary>
    public bool IsSettled => IsGivenUp || StartsWithDefault || Volatile.Read(ref _current) is not null;

    /// <summary>The filter in force; null: there is none.</summary>
    public HttpFilter? Active => Volatile.Read(ref _current) ?? Default;

    /// <summary>Puts another one into force; null: the default.</summary>
    public void Set(HttpFilter? filter) => Volatile.Write(ref _current, filter);
}
