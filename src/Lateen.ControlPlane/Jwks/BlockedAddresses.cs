using System.Net;
using System.Net.Sockets;

namespace Lateen.ControlPlane.Jwks;

/// <summary>
/// Addresses that no fetch may reach. Whoever may write a policy names the address that the control plane asks, so it
/// must not be led to what answers by the machine's own rights: link-local addresses and the metadata of clouds.
/// </summary>
internal sealed class BlockedAddresses(IEnumerable<IPNetwork> more)
{
    private static readonly string[] _always =
    [
        "169.254.0.0/16", "fe80::/10", "100.100.100.200/32", "192.0.0.192/32", "168.63.129.16/32",
        "fd00:ec2::254/128", "fd20:ce::254/128",
    ];

    // NAT64 (RFC 6052 section 2.1) and 6to4 (RFC 3056 section 2), with where their IPv4 address begins.
    private static readonly (IPNetwork Prefix, int At)[] _embedding =
        [(IPNetwork.Parse("64:ff9b::/96"), 12), (IPNetwork.Parse("2002::/16"), 2)];

    private readonly IPNetwork[] _networks = [.. _always.Select(IPNetwork.Parse), .. more];

    /// <summary>Whether the address is one of them, in any of the forms that lead to it.</summary>
    public bool Contains(IPAddress address)
    {
        var plain = Plain(address);
        return _networks.Any(network => network.Contains(address) || network.Contains(plain));
    }

    private static IPAddress Plain(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return Plain(address.MapToIPv4());
        }
        // A connection to no address in particular goes to the machine itself.
        if (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
        {
            return address.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Loopback : IPAddress.IPv6Loopback;
        }
        foreach (var (prefix, at) in _embedding)
        {
            if (prefix.Contains(address))
            {
                return new IPAddress(address.GetAddressBytes().AsSpan(at, 4));
            }
        }
        return address;
    }
}
