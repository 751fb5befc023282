using System.Net.Security;

namespace Lateen.Grpc.Client;

/// <summary>Where a channel connects and how.</summary>
public sealed class GrpcChannelOptions
{
    /// <summary>
    /// The target: <c>http://host:port</c> (plaintext HTTP/2), <c>https://host:port</c> (TLS) or <c>unix:/path</c>.
    /// </summary>
    public required string Address { get; init; }

    /// <summary>
    /// Settings of each new TLS connection, so that a renewed certificate is used at once; null for the system's. ALPN
    /// is set to h2, and the target host to the address's host unless it is set.
    /// </summary>
    public Func<SslClientAuthenticationOptions>? Tls { get; init; }

    /// <summary>The <c>:authority</c>; null, the default, takes it from the address.</summary>
    public string? Authority { get; init; }

    /// <summary>Largest message taken, in bytes. Default 4 MiB (gRPC's own default).</summary>
    public int MessageBytesMax { get; init; } = 4 * 1024 * 1024;

    /// <summary>Limit of the time to connect, TLS included. Default 20 s (gRPC's minimum connect timeout).</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>A silent connection with calls under way is pinged after this time. Default 30 s; at least 1
    /// s.</summary>
    public TimeSpan KeepAliveInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A connection without an answer to a ping is closed after this time. Default 10 s; at least 1
    /// s.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The clock of deadlines.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
