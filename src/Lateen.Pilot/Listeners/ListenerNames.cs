namespace Lateen.Pilot.Listeners;

/// <summary>Istio's fixed names of listeners and filter chains.</summary>
internal static class ListenerNames
{
    /// <summary>The catch-all outbound listener (port 15001).</summary>
    internal const string VirtualOutbound = "virtualOutbound";

    /// <summary>The catch-all inbound listener (port 15006).</summary>
    internal const string VirtualInbound = "virtualInbound";

    /// <summary>Outbound chain that refuses traffic addressed to 15001 itself.</summary>
    internal const string VirtualOutboundBlackHole = "virtualOutbound-blackhole";

    /// <summary>Outbound chain for what no other listener takes.</summary>
    internal const string VirtualOutboundCatchAllTcp = "virtualOutbound-catchall-tcp";

    /// <summary>Outbound chain to the dynamic forward proxy (ALLOW_ANY_DYNAMIC_DNS).</summary>
    internal const string VirtualOutboundCatchAllHttp = "virtualOutbound-catchall-tcp-http";

    /// <summary>Inbound chain that refuses traffic addressed to 15006 itself.</summary>
    internal const string VirtualInboundBlackHole = "virtualInbound-blackhole";

    /// <summary>Inbound chain for HTTP to a port without a service.</summary>
    internal const string VirtualInboundCatchAllHttp = "virtualInbound-catchall-http";

    /// <summary>Default chain of an outbound HTTP listener.</summary>
    internal const string PassthroughFilterChain = "PassthroughFilterChain";
}
