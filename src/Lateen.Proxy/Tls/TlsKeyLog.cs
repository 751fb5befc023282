using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Addresses;

namespace Lateen.Proxy.Tls;

/// <summary>A file that the secrets of some sessions are written to, for tools that decode captured packets.</summary>
internal sealed class TlsKeyLog
{
    public required AccessLogFile File { get; init; }

    /// <summary>Own addresses of the connections; empty: all.</summary>
    public required CidrRange[] LocalRanges { get; init; }

    /// <summary>Peers' addresses; empty: all.</summary>
    public required CidrRange[] RemoteRanges { get; init; }

    public bool IsFor(Address local, Address remote) => Fits(LocalRanges, local) && Fits(RemoteRanges, remote);

    private static bool Fits(CidrRange[] ranges, Address address) =>
        ranges.Length == 0 || Array.Exists(ranges, range => range.Contains(address.Ip));
}
