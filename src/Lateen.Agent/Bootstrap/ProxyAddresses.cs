using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Lateen.Agent.Bootstrap;

/// <summary>Finds the addresses of the machine or network namespace.</summary>
public static class ProxyAddresses
{
    /// <summary>
    /// The pod's own address first, then those of all interfaces that are up, without loopback and link-local ones;
    /// where there are none, both loopback addresses. A pod whose own address is a loopback address but the first has
    /// no other.
    /// </summary>
    /// <param name="instanceIp">INSTANCE_IP; passed over when it is no address.</param>
    /// <param name="excludedInterfaces">Names of interfaces whose addresses do not count.</param>
    public static List<IPAddress> Find(string instanceIp, IReadOnlyCollection<string> excludedInterfaces)
    {
        var own = IPAddress.TryParse(instanceIp, out var address) ? address : null;
        if (own is not null && IPAddress.IsLoopback(own) && !own.Equals(IPAddress.Loopback)
            && !own.Equals(IPAddress.IPv6Loopback))
        {
            // A pod on the machine's loopback: the machine's other addresses are not its own.
            return [own];
        }
        var others = new List<IPAddress>();
        var anyFound = false;
        foreach (var nic in NetworkInterface.GetAllNetworkInterfaces())
        {
            foreach (var unicast in nic.GetIPProperties().UnicastAddresses)
            {
                if (!Counts(nic, unicast.Address))
                {
                    continue;
                }
                anyFound = true;
                var found = new IPAddress(unicast.Address.GetAddressBytes());
                if (!excludedInterfaces.Contains(nic.Name) && !found.Equals(own) && !others.Contains(found))
                {
                    others.Add(found);
                }
            }
        }
        if (!anyFound)
        {
            others = [.. new[] { IPAddress.Loopback, IPAddress.IPv6Loopback }.Where(a => !a.Equals(own))];
        }
        return own is null ? others : [own, .. others];
    }

    private static bool Counts(NetworkInterface nic, IPAddress address) =>
        nic.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown
        && nic.NetworkInterfaceType != NetworkInterfaceType.Loopback
        && !IPAddress.IsLoopback(address)
        && !address.IsIPv6LinkLocal
        && !(address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes() is [169, 254, ..]);
}
