namespace Lateen.Proxy.Discovery;

/// <summary>Where resources come from. Source: <c>core.v3.ConfigSource</c>.</summary>
internal sealed record DiscoverySource
{
    /// <summary>Default of <c>initial_fetch_timeout</c>.</summary>
    public const long FetchTimeoutDefault = 15_000_000_000;

    /// <summary>The stream of the bootstrap's <c>ads_config</c>.</summary>
    public static DiscoverySource Ads { get; } = new() { Kind = DiscoveryKind.Ads };

    /// <summary>Resources that the process gives the proxy.</summary>
    public static DiscoverySource Provided { get; } = new() { Kind = DiscoveryKind.Provided };

    public required DiscoveryKind Kind { get; init; }

    /// <summary>Tells sources apart; empty for the aggregated stream, so that its names stand for themselves.</summary>
    public string Key { get; init; } = "";

    /// <summary>How long the start and warming wait for the first answer, in nanoseconds; 0: for ever.</summary>
    public long FetchTimeoutNanos { get; init; } = FetchTimeoutDefault;

    /// <summary>A stream of its own, or polling; null for files and the aggregated stream.</summary>
    public DiscoveryApi? Api { get; init; }

    /// <summary>A file with a discovery response.</summary>
    public string Path { get; init; } = "";

    /// <summary>A folder in which any move has the file read again; empty: moves onto the file itself.</summary>
    public string WatchedFolder { get; init; } = "";

    /// <summary>The name under which a resource of this source is kept.</summary>
    public string Scope(string name) => Key.Length == 0 ? name : $"{name}\n{Key}";

    /// <summary>The resource's own name of one under which it is kept.</summary>
    public static string Unscope(string scoped) =>
        scoped.IndexOf('\n', StringComparison.Ordinal) is >= 0 and var end ? scoped[..end] : scoped;
}
