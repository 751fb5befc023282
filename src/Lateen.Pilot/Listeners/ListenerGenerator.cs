using Envoy.Config.Listener.V3;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Listeners;

/// <summary>All listeners of a group of proxies, in two halves.</summary>
internal static class ListenerGenerator
{
    /// <summary>Those for traffic that leaves a workload, or all of a gateway.</summary>
    internal static IEnumerable<Listener> Outbound(TrafficContext context)
    {
        if (context.Proxy.Type == ProxyType.Router)
        {
            return GatewayListeners.Build(context);
        }
        var listeners = OutboundListeners.Build(context).ToList();
        if (CatchAllListeners.HttpProxy(context) is { } proxy)
        {
            listeners.Add(proxy);
        }
        if (context.Proxy.Settings.InterceptionMode != InterceptionMode.None)
        {
            listeners.Add(CatchAllListeners.VirtualOutbound(context));
        }
        return listeners;
    }

    /// <summary>Those for traffic to a workload; none at a gateway.</summary>
    internal static IEnumerable<Listener> Inbound(TrafficContext context)
    {
        return context.Proxy.Type == ProxyType.Router ? [] : InboundListeners.Build(context);
    }
}
