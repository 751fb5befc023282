using System.Net;

namespace Lateen.Agent.Dns;

/// <summary>A record of an answer.</summary>
/// <param name="Name">Absolute, ending in a dot.</param>
/// <param name="Type">A, AAAA or CNAME.</param>
/// <param name="Address">Of A and AAAA; null for CNAME.</param>
/// <param name="Target">Of CNAME; empty for A and AAAA.</param>
public readonly record struct DnsRecord(string Name, ushort Type, IPAddress? Address, string Target);
