using System.Net;

namespace Lateen.Proxy.Dns;

/// <summary>How names are looked up, and how often. Times in nanoseconds.</summary>
internal sealed record DnsConfig
{
    public static DnsConfig Default { get; } = new();

    /// <summary>Between look-ups that succeed; 5 s by default.</summary>
    public long RefreshNanos { get; init; } = 5_000_000_000;

    /// <summary>Random addition to it.</summary>
    public long JitterNanos { get; init; }

    /// <summary>After failures: random up to this at first, then doubled.</summary>
    public long FailureBaseNanos { get; init; } = 5_000_000_000;

    public long FailureMaxNanos { get; init; } = 50_000_000_000;

    /// <summary>The records' own time to live replaces the rate.</summary>
    public bool RespectTtl { get; init; }

    /// <summary>0 AUTO (v6, then v4), 1 v4 only, 2 v6 only, 3 v4 preferred, 4 all.</summary>
    public int Family { get; init; }

    /// <summary>Name servers; empty: the system's resolver.</summary>
    public IPEndPoint[] Servers { get; init; } = [];

    public bool UseTcp { get; init; }

    /// <summary>For one query to one server; 5 s.</summary>
    public long QueryTimeoutNanos { get; init; } = 5_000_000_000;

    /// <summary>How often a query without answer is sent.</summary>
    public int Tries { get; init; } = 4;
}
