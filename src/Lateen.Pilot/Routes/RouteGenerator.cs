using Envoy.Config.Route.V3;
using Lateen.Pilot.Listeners;
using Lateen.Pilot.Model;
using Lateen.Xds;
using Lateen.Xds.Server;

namespace Lateen.Pilot.Routes;

/// <summary>Route configurations of a group of proxies.</summary>
internal static class RouteGenerator
{
    /// <summary>Generates the one of this name.</summary>
    internal static XdsResource Generate(TrafficContext context, RouteSource source, string name)
    {
        return context.Proxy.Type == ProxyType.Router
            ? Encode(GatewayRoutes.Build(context, name)) : SidecarRoutes.Build(context, source, name);
    }

    /// <summary>Encodes a whole configuration.</summary>
    internal static XdsResource Encode(RouteConfiguration configuration)
        => XdsResource.Create(TypeUrls.RouteConfiguration, configuration.Name, configuration);
}
