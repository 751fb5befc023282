namespace Lateen.Proxy.Http;

/// <summary>
/// Time limits of a connection manager's connections and streams, in nanoseconds; zero means none. Read in place, as
/// part of the configuration. Source: <c>http_connection_manager.v3.HttpConnectionManager</c> and
/// <c>core.v3.HttpProtocolOptions</c>.
/// </summary>
internal readonly record struct HttpTimeouts
{
    public HttpTimeouts()
    {
    }

    /// <summary>Of connections without requests; one hour.</summary>
    public long IdleNanos { get; init; } = 3_600_000_000_000;

    public long MaxConnectionDurationNanos { get; init; }

    public long MaxStreamDurationNanos { get; init; }

    /// <summary>Of streams without activity; five minutes.</summary>
    public long StreamIdleNanos { get; init; } = 300_000_000_000;

    /// <summary>Of responses whose end waits for the client to open its window; that of streams by default.</summary>
    public long StreamFlushNanos { get; init; } = 300_000_000_000;

    /// <summary>Until the whole request has come.</summary>
    public long RequestNanos { get; init; }

    public long RequestHeadersNanos { get; init; }

    /// <summary>Between the two GOAWAYs; 5 s.</summary>
    public long DrainNanos { get; init; } = 5_000_000_000;

    /// <summary>Between the last bytes and the close; 1 s.</summary>
    public long DelayedCloseNanos { get; init; } = 1_000_000_000;
}
