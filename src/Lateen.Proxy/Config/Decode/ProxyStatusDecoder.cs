using System.Text;
using Lateen.Proxy.Http;
using HcmProto = Envoy.Extensions.Filters.Network.HttpConnectionManager.V3.HttpConnectionManager;
using Proto = Envoy.Extensions.Filters.Network.HttpConnectionManager.V3.HttpConnectionManager.Types.ProxyStatusConfig;

namespace Lateen.Proxy.Config.Decode;

/// <summary>The setting <c>proxy_status_config</c>.</summary>
internal static class ProxyStatusDecoder
{
    public static ProxyStatusConfig? Decode(HcmProto hcm, DecodeContext context)
    {
        if (hcm.ProxyStatusConfig is not { } config)
        {
            return null;
        }
        var name = config.ProxyNameCase switch
        {
            Proto.ProxyNameOneofCase.LiteralProxyName => config.LiteralProxyName,
            Proto.ProxyNameOneofCase.UseNodeId when config.UseNodeId => context.Resources.NodeId,
            _ => hcm.ServerName.Length > 0 ? hcm.ServerName : "envoy",
        };
        return new ProxyStatusConfig(
            Encoding.UTF8.GetBytes(name), !config.RemoveDetails, !config.RemoveConnectionTerminationDetails,
            !config.RemoveResponseFlags, config.SetRecommendedResponseCode);
    }
}
