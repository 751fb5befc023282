using Envoy.Config.Core.V3;
using Envoy.Config.Listener.V3;
using Lateen.Pilot.Model;
using Lateen.Pilot.Routes;

namespace Lateen.Pilot.Listeners;

/// <summary>The outbound listeners that belong to no service: the capture port and the explicit HTTP proxy.</summary>
internal static class CatchAllListeners
{
    /// <summary>Takes all captured outbound connections and hands them to the listener of their destination.</summary>
    internal static Listener VirtualOutbound(TrafficContext context)
    {
        var port = context.Mesh.ProxyListenPort;
        return new Listener
        {
            Name = ListenerNames.VirtualOutbound,
            Address = Addresses.Of(Addresses.Wildcard(context.Proxy.IpFamilies), port),
            TrafficDirection = TrafficDirection.Outbound,
            UseOriginalDst = true,
            Transparent = context.Proxy.Settings.InterceptionMode == InterceptionMode.Tproxy ? true : null,
            MaxConnectionsToAcceptPerSocketEvent = 1,
            AccessLog = { AccessLogs.ForListener(context.Mesh) },
            FilterChains =
            {
                new FilterChain
                {
                    Name = ListenerNames.VirtualOutboundBlackHole,
                    FilterChainMatch = new FilterChainMatch { DestinationPort = (uint)port },
                    Filters = { TcpFilters.ForNothing(context) },
                },
                new FilterChain
                {
                    Name = ListenerNames.VirtualOutboundCatchAllTcp,
                    Filters = { TcpFilters.ForUnknown(context) },
                },
            },
        };
    }

    /// <summary>The explicit HTTP proxy, or null when none is asked for.</summary>
    internal static Listener? HttpProxy(TrafficContext context)
    {
        var settings = context.Proxy.Settings;
        var port = settings.HttpProxyPort > 0 ? settings.HttpProxyPort : context.Mesh.ProxyHttpPort;
        if (port == 0)
        {
            return null;
        }
        var bind = Addresses.Loopback(context.Proxy.IpFamilies);
        var entry = new OutboundEntry([bind], port, bindToPort: true)
        {
            Protocol = Protocol.HttpProxy,
            Chains =
            [
                new OutboundChain
                {
                    Http = new HttpConnectionManagerOptions
                    {
                        Side = ListenerClass.SidecarOutbound,
                        StatPrefix = $"outbound_{Addresses.ListenerName(bind, port)};",
                        RouteConfigName = SidecarRoutes.HttpProxyName,
                        Protocol = Protocol.HttpProxy,
                        AllowAbsoluteUrl = true,
                    },
                },
            ],
        };
        return OutboundListenerWriter.Write(context, entry);
    }
}
