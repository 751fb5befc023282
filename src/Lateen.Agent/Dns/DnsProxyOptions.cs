using System.Net;

namespace Lateen.Agent.Dns;

/// <summary>How the DNS proxy listens and whom it asks.</summary>
public sealed record DnsProxyOptions
{
    /// <summary>Where it listens, over UDP and TCP alike; default localhost:15053 (DNS_PROXY_ADDR).</summary>
    public required IReadOnlyList<IPEndPoint> Listen { get; init; }

    /// <summary>Servers for names that are not ours.</summary>
    public required IReadOnlyList<IPEndPoint> Upstream { get; init; }

    /// <summary>Search domains of the workload.</summary>
    public IReadOnlyList<string> SearchDomains { get; init; } = [];

    /// <summary>Namespace of the workload.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>Domain of the workload.</summary>
    public string Domain { get; init; } = "";

    /// <summary>How long one server may take; default 5 s (DNS_FORWARD_TIMEOUT).</summary>
    public TimeSpan ForwardTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>All servers are asked at once; default false: one after the other (DNS_FORWARD_PARALLEL).</summary>
    public bool ForwardInParallel { get; init; }

    /// <summary>Queries that wait for a server at once; more are refused with SERVFAIL. Default 1024.</summary>
    public int ForwardsMax { get; init; } = 1024;

    /// <summary>TCP connections at once; more are closed. Default 256.</summary>
    public int ConnectionsMax { get; init; } = 256;

    /// <summary>How long a TCP connection may be silent; default 10 s.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
