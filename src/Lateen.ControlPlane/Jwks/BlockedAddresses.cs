using System.Net;

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

    private readonly IPNetwork[] _networks = [.. _always.Select(IPNetwork.Parse), .. more];

    /// <summary>Whether the address is one of them, also written as an IPv6 address.</summary>
    public bool Contains(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return _networks.Any(network => network.Contains(plain));
    }
}
