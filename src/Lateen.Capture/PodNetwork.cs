using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Lateen.Capture;

/// <summary>What the rules need to know of the network namespace: its addresses and its name servers.</summary>
/// <param name="Addresses">Addresses that are neither loopback nor link-local, IPv4 first.</param>
/// <param name="NameServers">Servers of resolv.conf.</param>
public sealed record PodNetwork(IReadOnlyList<IPAddress> Addresses, IReadOnlyList<IPAddress> NameServers)
{
    /// <summary>Reads the present namespace.</summary>
    public static PodNetwork Read(string resolvConf)
    {
        var addresses = NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(nic => nic.GetIPProperties().UnicastAddresses)
            .Select(a => a.Address.IsIPv4MappedToIPv6 ? a.Address.MapToIPv4() : a.Address)
            .Where(a => !IPAddress.IsLoopback(a) && !a.IsIPv6LinkLocal && !IsLinkLocalV4(a))
            .OrderBy(a => a.AddressFamily == AddressFamily.InterNetwork ? 0 : 1);
        return new PodNetwork([.. addresses], ReadNameServers(resolvConf));
    }

    private static bool IsLinkLocalV4(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        return address.TryWriteBytes(bytes, out var count) && count == 4 && bytes[0] == 169 && bytes[1] == 254;
    }

    private static List<IPAddress> ReadNameServers(string path)
    {
        List<IPAddress> servers = [];
        if (!File.Exists(path))
        {
            return servers;
        }

        foreach (var line in File.ReadLines(path))
        {
            var words = line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length >= 2 && words[0] == "nameserver" && IPAddress.TryParse(words[1], out var address))
            {
                servers.Add(address);
            }
        }

        return servers;
    }
}
