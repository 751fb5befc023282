namespace Lateen.Grpc.Server;

/// <summary>Limits and timers of a gRPC server; the defaults are istiod's.</summary>
public sealed class GrpcServerOptions
{
    /// <summary>Largest message taken, in bytes. Default 4 MiB (gRPC's own default).</summary>
    public int MessageBytesMax { get; init; } = 4 * 1024 * 1024;

    /// <summary>Streams at once on a connection. Default 100,000 (ISTIO_GPRC_MAXSTREAMS).</summary>
    public int StreamsPerConnectionMax { get; init; } = 100_000;

    /// <summary>A silent connection is pinged after this time. Default 30 s (GRPC_KEEPALIVE_INTERVAL).</summary>
    public TimeSpan KeepAliveInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A connection without an answer to a ping is closed after this time. Default 10 s
    /// (GRPC_KEEPALIVE_TIMEOUT).</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// A connection is asked to go (GOAWAY) at this age, up to a tenth earlier or later, so that clients spread over
    /// replicas again. Null, the default, means never (istiod's flag keepaliveMaxServerConnectionAge).
    /// </summary>
    public TimeSpan? ConnectionAgeMax { get; init; }

    /// <summary>How long streams may go on after the connection was asked to go. Default 10 s.</summary>
    public TimeSpan ConnectionAgeGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Connections at once; null, the default, means no limit but the system's.</summary>
    public long? ConnectionsMax { get; init; }
}
