namespace Lateen.Proxy.Http;

/// <summary>Options of the HTTP/2 codec. Source: <c>core.v3.Http2ProtocolOptions</c>.</summary>
internal sealed record Http2Options
{
    public int MaxConcurrentStreams { get; init; } = 1024;

    public int InitialStreamWindowSize { get; init; } = 16 * 1024 * 1024;

    public int InitialConnectionWindowSize { get; init; } = 24 * 1024 * 1024;

    public bool AllowConnect { get; init; }

    /// <summary>Nanoseconds between PINGs; zero: none.</summary>
    public long KeepaliveIntervalNanos { get; init; }

    public long KeepaliveTimeoutNanos { get; init; }
}
