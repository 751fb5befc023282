using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Model;
using Lateen.Pilot.Routes;

namespace Lateen.Pilot.Listeners;

/// <summary>Conditions of tcp and tls rules that are known before any connection comes: port, gateway,
/// source.</summary>
internal static class L4Conditions
{
    /// <summary>Whether a tls condition can hold for a sidecar.</summary>
    internal static bool Hold(TLSMatchAttributes match, ProxyGroup proxy, int port)
    {
        return Hold(match.Gateways, match.Port, port) && Source(match.SourceLabels, match.SourceNamespace, proxy);
    }

    /// <summary>Whether a tcp condition can hold for a sidecar.</summary>
    internal static bool Hold(L4MatchAttributes match, ProxyGroup proxy, int port)
    {
        return Hold(match.Gateways, match.Port, port) && Source(match.SourceLabels, match.SourceNamespace, proxy);
    }

    /// <summary>Whether a condition can hold for a server of a gateway.</summary>
    internal static bool HoldAtGateway(IReadOnlyList<string> gateways, uint wanted, string gateway, uint port)
    {
        return (wanted == 0 || wanted == port) && (gateways.Count == 0 || gateways.Contains(gateway));
    }

    private static bool Hold(IReadOnlyList<string> gateways, uint wanted, int port)
    {
        return HoldAtGateway(gateways, wanted, VirtualServiceConfig.MeshGateway, (uint)port);
    }

    private static bool Source(IEnumerable<KeyValuePair<string, string>> labels, string ns, ProxyGroup proxy)
    {
        return proxy.Labels.Matches(labels) && (ns.Length == 0 || ns == proxy.Namespace);
    }
}
