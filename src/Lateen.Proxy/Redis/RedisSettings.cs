namespace Lateen.Proxy.Redis;

/// <summary>How commands are sent to hosts. Source: <c>RedisProxy.ConnPoolSettings</c>.</summary>
internal sealed record RedisSettings
{
    /// <summary>Nanoseconds for an answer, once the connection is up.</summary>
    public required long OpTimeoutNanos { get; init; }

    /// <summary>Of a key with braces only what is between the first pair counts for its hash.</summary>
    public bool EnableHashtagging { get; init; }

    /// <summary>Answers MOVED and ASK are followed.</summary>
    public bool EnableRedirection { get; init; }

    /// <summary>Bytes that are gathered before they are sent; zero: sent at once.</summary>
    public int BufferBytesMax { get; init; }

    /// <summary>Milliseconds that gathered bytes wait at most; 3 by default.</summary>
    public long BufferFlushMillis { get; init; } = 3;

    /// <summary>Hosts per worker that only a redirection named; 100 by default.</summary>
    public int UnknownHostCountMax { get; init; } = 100;

    /// <summary>Statistics of each command for each cluster.</summary>
    public bool EnableCommandStats { get; init; }

    /// <summary>Connections begin with READONLY, so that replicas answer.</summary>
    public bool ReadsFromReplicas { get; init; }

    /// <summary>New connections per second and cluster of a worker; zero: any number.</summary>
    public uint ConnectionsPerSecondMax { get; init; }
}
