using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Graph;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Clusters;

/// <summary>What the Gateway objects of a gateway proxy ask for, as far as clusters care.</summary>
internal static class GatewayModes
{
    /// <summary>Whether some server forwards by server name without looking inside.</summary>
    public static bool HasAutoPassthrough(MeshModel model, QueryContext context, ProxyGroup group)
    {
        var sameNamespace = model.Options.IsOn("PILOT_SCOPE_GATEWAY_TO_NAMESPACE", false);
        foreach (var item in model.Inputs.Gateways.Get(context, ""))
        {
            var gateway = item.As<Gateway>();
            if ((!sameNamespace || item.Key.Namespace == group.Namespace) && group.Labels.Matches(gateway.Selector)
                && gateway.Servers.Any(s => s.Tls?.Mode == ServerTLSSettings.Types.TLSmode.AutoPassthrough))
            {
                return true;
            }
        }
        return false;
    }
}
