using Lateen.Pilot.Model;
using Lateen.Pilot.Routes;

namespace Lateen.Pilot.Listeners;

/// <summary>
/// Chains of an east-west gateway: every service of the mesh, and each of its subsets, by the cluster name in the SNI.
/// Only clients that speak the mesh's mutual TLS are taken, because the gateway itself cannot check them.
/// </summary>
internal static class AutoPassthroughChains
{
    /// <summary>The chains for services whose host the server covers.</summary>
    internal static IEnumerable<OutboundChain> Build(TrafficContext context, GatewayServer server)
    {
        var hosts = server.ServerNames;
        foreach (var service in context.AllServices.Where(service => !service.MeshExternal
            && hosts.Any(host => HostNames.SubsetOf(service.Hostname, host))))
        {
            var rule = context.FindRule(service.Hostname);
            var subsets = rule?.Subsets.Select(subset => subset.Name) ?? [];
            foreach (var port in service.Ports.Where(port => port.Protocol != Protocol.Udp))
            {
                foreach (var subset in subsets.Prepend(""))
                {
                    var cluster = ClusterNames.SniDnat(port.Number, subset, service.Hostname);
                    yield return new OutboundChain
                    {
                        ServerNames = [cluster],
                        ApplicationProtocols = Alpn.MutualTlsAll,
                        Filters = TcpFilters.ForCluster(context, cluster, subset, rule, port.Protocol,
                            tunnels: false, authorizes: false),
                    };
                }
            }
        }
    }
}
