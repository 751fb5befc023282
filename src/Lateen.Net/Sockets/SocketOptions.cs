namespace Lateen.Net;

/// <summary>Options of a socket, given before it is bound or connected.</summary>
public sealed record SocketOptions
{
    /// <summary>None of them set.</summary>
    public static SocketOptions Default { get; } = new();

    /// <summary>Several sockets, one per worker, may listen on the address (<c>SO_REUSEPORT</c>). Default on.</summary>
    public bool ReusePort { get; init; } = true;

    /// <summary>Accept connections to addresses that are not the machine's (<c>IP_TRANSPARENT</c>). Default
    /// off.</summary>
    public bool Transparent { get; init; }

    /// <summary>Bind to an address that the machine does not have yet (<c>IP_FREEBIND</c>). Default off.</summary>
    public bool Freebind { get; init; }

    /// <summary>Queue of TCP fast open; 0 leaves it off.</summary>
    public int FastOpenQueueLength { get; init; }

    /// <summary>Permissions of a unix socket's path; 0 leaves what the process makes.</summary>
    public uint PathMode { get; init; }

    /// <summary>Options as numbers: when (0 before bind, 1 bound, 2 listening), level, name, value.</summary>
    public IReadOnlyList<(int State, int Level, int Name, byte[] Value)> Raw { get; init; } = [];

    /// <summary>An IPv6 socket takes IPv4 too. Default off.</summary>
    public bool Ipv4Compat { get; init; }

    /// <summary>Length of the accept queue; the kernel cuts it at <c>somaxconn</c>. Default 4096.</summary>
    public int Backlog { get; init; } = 4096;

    /// <summary>Mark of outgoing packets (<c>SO_MARK</c>); 0 leaves it.</summary>
    public int Mark { get; init; }

    /// <summary>Seconds of silence before keep-alive probes; 0 leaves keep-alive off.</summary>
    public int KeepAliveSeconds { get; init; }

    /// <summary>Seconds between keep-alive probes; 0 leaves the kernel's value.</summary>
    public int KeepAliveIntervalSeconds { get; init; }

    /// <summary>Unanswered probes that end the connection; 0 leaves the kernel's value.</summary>
    public int KeepAliveProbes { get; init; }
}
