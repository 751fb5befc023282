using Envoy.Config.Core.V3;
using Envoy.Config.Listener.V3;
using Envoy.Config.Route.V3;
using Lateen.Pilot.Clusters;
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
        var listener = new Listener
        {
            Name = ListenerNames.VirtualOutbound,
            Address = Addresses.Of(Addresses.Wildcard(context.Proxy.IpFamilies), port),
            AdditionalAddresses = { Addresses.Additional(context.Wildcards, port) },
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
            },
        };
        if (context.OutboundPolicy.Mode == OutboundPolicyMode.AllowAnyDynamicDns)
        {
            listener.ListenerFilters.Add(ListenerFilters.HttpInspector());
            listener.FilterChains.Add(ByHostName(context));
        }
        listener.FilterChains.Add(new FilterChain
        {
            Name = ListenerNames.VirtualOutboundCatchAllTcp,
            Filters = { TcpFilters.ForUnknown(context) },
        });
        return listener;
    }

    /// <summary>HTTP to hosts that no service stands for goes where DNS says (ALLOW_ANY_DYNAMIC_DNS).</summary>
    private static FilterChain ByHostName(TrafficContext context)
    {
        var options = new HttpConnectionManagerOptions
        {
            Side = ListenerClass.SidecarOutbound,
            StatPrefix = "outbound_virtualOutbound_allow_any_dynamic_dns;",
            Protocol = Protocol.Http,
            DnsCache = FixedClusters.AllowAnyCache(context.Proxy.IpFamilies),
            RouteConfig = new RouteConfiguration
            {
                Name = CatchAllRoutes.AllowAnyDynamicDns,
                ValidateClusters = false,
                IgnorePortInHostMatching = true,
                MaxDirectResponseBodySizeBytes = SidecarRoutes.MaxDirectResponseBody,
                VirtualHosts = { CatchAllRoutes.VirtualHost(context) },
            },
        };
        return new FilterChain
        {
            Name = ListenerNames.VirtualOutboundCatchAllHttp,
            FilterChainMatch = new FilterChainMatch { ApplicationProtocols = { context.PlaintextHttpAlpn } },
            Filters = { NetworkFilters.HttpConnectionManager(HttpConnectionManagers.Build(context, options)) },
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
