using System.Net;

namespace Lateen.Proxy.Dns;

/// <summary>The outcome of a look-up.</summary>
/// <param name="IsFailure">No server gave an answer; what was known before stays true.</param>
/// <param name="Addresses">None when the name does not exist or has no such records.</param>
/// <param name="TtlSeconds">The lowest; zero: not known.</param>
/// <param name="Details">In Envoy's words, for logs.</param>
internal sealed record DnsAnswer(bool IsFailure, IPAddress[] Addresses, int TtlSeconds, string Details)
{
    public static DnsAnswer Failed(string details) => new(true, [], 0, details);
}
