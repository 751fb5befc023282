namespace Lateen.Agent.Dns;

/// <summary>Record types that the proxy looks at (RFC 1035 section 3.2.2, RFC 3596, RFC 6891).</summary>
public static class DnsType
{
    /// <summary>IPv4 address.</summary>
    public const ushort A = 1;

    /// <summary>Canonical name.</summary>
    public const ushort Cname = 5;

    /// <summary>IPv6 address.</summary>
    public const ushort Aaaa = 28;

    /// <summary>Pseudo record of EDNS.</summary>
    public const ushort Opt = 41;
}
