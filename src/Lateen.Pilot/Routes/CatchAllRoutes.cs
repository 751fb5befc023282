using Envoy.Config.Route.V3;
using Lateen.Pilot.Listeners;

namespace Lateen.Pilot.Routes;

/// <summary>The last virtual host of a sidecar's outbound routes: hosts that no service stands for.</summary>
internal static class CatchAllRoutes
{
    internal const string AllowAnyDynamicDns = "allow_any_dynamic_dns";

    private const string AllowAny = "allow_any";
    private const string BlockAll = "block_all";
    private const uint BadGateway = 502;

    /// <summary>Lets them through or answers 502.</summary>
    internal static VirtualHost VirtualHost(TrafficContext context)
    {
        var policy = context.OutboundPolicy;
        var headers = context.Headers(ListenerClass.SidecarOutbound);
        var (name, cluster) = policy.Mode switch
        {
            OutboundPolicyMode.RegistryOnly => (BlockAll, ""),
            OutboundPolicyMode.AllowAnyDynamicDns => (AllowAnyDynamicDns, ClusterNames.AllowAnyDynamicDns),
            _ when policy.EgressProxy is not null =>
                (AllowAny, ClusterNames.OfDestination(policy.EgressProxy, null, 0)),
            _ => (AllowAny, ClusterNames.Passthrough),
        };
        var route = new Route { Name = name, Match = RouteMatches.Any() };
        if (cluster.Length == 0)
        {
            route.DirectResponse = new DirectResponseAction { Status = BadGateway };
        }
        else
        {
            route.Route_ = new RouteAction { Cluster = cluster, AppendXForwardedHost = headers.ForwardedHost };
            RouteTranslation.SetTimeout(route.Route_, null);
        }
        return new VirtualHost
        {
            Name = name,
            Domains = { "*" },
            Routes = { route },
            IncludeRequestAttemptCount = headers.AttemptCount,
        };
    }
}
