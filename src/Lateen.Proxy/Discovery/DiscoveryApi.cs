using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Discovery;

/// <summary>How a management server is reached. Source: <c>core.v3.ApiConfigSource</c>.</summary>
internal sealed record DiscoveryApi
{
    public required GrpcServiceTarget Target { get; init; }

    /// <summary>The node goes with the first request of a stream only; default false.</summary>
    public bool TellsNodeOnce { get; init; }

    /// <summary>Requests that may go at once; 0: no limit.</summary>
    public int RequestTokens { get; init; }

    /// <summary>Requests a second that may follow.</summary>
    public double RequestsPerSecond { get; init; } = 10;

    /// <summary>First wait before a new stream; default 500 ms.</summary>
    public TimeSpan BackoffBase { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest wait before a new stream; default 30 s.</summary>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Pause between polls.</summary>
    public TimeSpan RefreshDelay { get; init; }

    /// <summary>How long a poll may take; default 1 s.</summary>
    public long RequestTimeoutNanos { get; init; } = 1_000_000_000;
}
