using System.Net;
using Istio.Mesh.V1Alpha1;

namespace Lateen.Pilot.Model;

/// <summary>The mesh's networks: which one an address belongs to. Pure.</summary>
public static class Networks
{
    /// <summary>By cluster first, then by address range; empty when none claims it.</summary>
    public static string Of(MeshNetworks networks, string address, string cluster)
    {
        ArgumentNullException.ThrowIfNull(networks);
        if (networks.Networks.Count == 0)
        {
            return "";
        }
        foreach (var (name, network) in networks.Networks.OrderBy(n => n.Key, StringComparer.Ordinal))
        {
            if (network.Endpoints.Any(e => e.FromRegistry.Length > 0 && e.FromRegistry == cluster))
            {
                return name;
            }
        }
        if (!IPAddress.TryParse(address, out var ip))
        {
            return "";
        }
        foreach (var (name, network) in networks.Networks.OrderBy(n => n.Key, StringComparer.Ordinal))
        {
            if (network.Endpoints.Any(e => e.FromCidr.Length > 0 && Contains(e.FromCidr, ip)))
            {
                return name;
            }
        }
        return "";
    }

    private static bool Contains(string cidr, IPAddress address)
        => IPNetwork.TryParse(cidr, out var range) && range.Contains(address);
}
