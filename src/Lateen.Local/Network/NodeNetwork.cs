using Lateen.Local.Platform;

namespace Lateen.Local.Network;

/// <summary>
/// The node's side of the network: routes to the pods' links. Pods reach each other through it by routing, not by a
/// bridge, so that translated service addresses find their way back.
/// </summary>
internal static class NodeNetwork
{
    /// <summary>Sets up the fresh namespace this process runs in.</summary>
    public static async Task SetUpAsync()
    {
        await Tool.RunAsync("ip", ["-batch", "-"], $"""
            link set lo up
            addr add {AddressPlan.Private.Node}/32 dev lo
            addr add {AddressPlan.NameServer}/32 dev lo
            route add {AddressPlan.PrivateServiceRange} dev lo
            """).ConfigureAwait(false);
        foreach (var (name, value) in ((string, string)[])
            [("ip_forward", "1"), ("conf/all/send_redirects", "0"), ("conf/default/send_redirects", "0"),
             ("conf/all/rp_filter", "0"), ("conf/default/rp_filter", "0"), ("ip_unprivileged_port_start", "0")])
        {
            await File.WriteAllTextAsync($"/proc/sys/net/ipv4/{name}", value).ConfigureAwait(false);
        }

        await Tool.RunAsync("iptables-restore", ["--noflush"], ServiceRules.Hooks()).ConfigureAwait(false);
    }

    /// <summary>Links a pod's namespace to the node.</summary>
    /// <param name="pod">Number of the process that holds the pod's namespace.</param>
    /// <param name="link">Name of the node's end, at most 15 characters.</param>
    /// <param name="address">The pod's address.</param>
    public static async Task ConnectAsync(int pod, string link, string address)
    {
        await Tool.RunAsync("ip", ["-batch", "-"], $"""
            link add {link} type veth peer name eth0 netns {pod}
            addr add {AddressPlan.Gateway}/32 dev {link} scope link
            link set {link} up
            route add {address}/32 dev {link} src {AddressPlan.Private.Node}
            """).ConfigureAwait(false);
        await Tool.RunAsync("nsenter", [$"--net=/proc/{pod}/ns/net", "ip", "-batch", "-"], $"""
            link set lo up
            addr add {address}/32 dev eth0
            link set eth0 up
            route add {AddressPlan.Gateway} dev eth0 scope link
            route add default via {AddressPlan.Gateway} dev eth0 src {address}
            """).ConfigureAwait(false);
    }
}
