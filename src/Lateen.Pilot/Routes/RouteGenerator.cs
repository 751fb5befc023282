using Envoy.Config.Route.V3;
using Lateen.Pilot.Listeners;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Routes;

/// <summary>Route configurations of a group of proxies.</summary>
internal static class RouteGenerator
{
    /// <summary>Generates the one of this name.</summary>
    internal static RouteConfiguration Generate(TrafficContext context, string name)
    {
        return context.Proxy.Type == ProxyType.Router
            ? GatewayRoutes.Build(context, name) : SidecarRoutes.Build(context, name);
    }
}
