using Envoy.Config.Route.V3;
using Lateen.Pilot.Listeners;

namespace Lateen.Pilot.Routes;

/// <summary>Route configurations of a gateway: <c>http.PORT</c> and <c>https.PORT.NAME.GATEWAY.NAMESPACE</c>.</summary>
internal static class GatewayRoutes
{
    private const uint MaxDirectResponseBody = 1024 * 1024;

    /// <summary>The configuration of this name; without virtual hosts when no server has it.</summary>
    internal static RouteConfiguration Build(TrafficContext context, string name)
    {
        var servers = context.Gateways?.ServersOf(name) ?? [];
        if (servers.Count == 0)
        {
            return new RouteConfiguration { Name = name, ValidateClusters = false };
        }
        var hosts = new GatewayVirtualHosts(context);
        foreach (var server in servers)
        {
            hosts.Add(server);
        }
        return new RouteConfiguration
        {
            Name = name,
            ValidateClusters = false,
            IgnorePortInHostMatching = true,
            MaxDirectResponseBodySizeBytes = MaxDirectResponseBody,
            VirtualHosts = { hosts.Write((int)servers[0].Spec.Port.Number) },
        };
    }
}
