namespace Lateen.Proxy.Dns;

/// <summary>A cache of names that requests bring. Source: <c>DnsCacheConfig</c>. Times in nanoseconds.</summary>
internal sealed record DnsCacheConfig
{
    public required string Name { get; init; }

    /// <summary>The configuration as it came, by which two are compared.</summary>
    public Google.Protobuf.ByteString Source { get; init; } = Google.Protobuf.ByteString.Empty;

    public DnsConfig Dns { get; init; } = new() { RefreshNanos = 60_000_000_000 };

    /// <summary>Names that nobody asks for go after this time; five minutes.</summary>
    public long HostTtlNanos { get; init; } = 300_000_000_000;

    public int HostsMax { get; init; } = 1024;

    /// <summary>Requests that may wait for look-ups.</summary>
    public int PendingMax { get; init; } = 1024;

    /// <summary>The shortest time between look-ups; 5 s.</summary>
    public long MinRefreshNanos { get; init; } = 5_000_000_000;

    /// <summary>A look-up without answer ends after this; 5 s.</summary>
    public long QueryTimeoutNanos { get; init; } = 5_000_000_000;

    /// <summary>Names and ports looked up at once.</summary>
    public (string Name, int Port)[] Preresolved { get; init; } = [];
}
