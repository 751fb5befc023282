using System.Text;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Tcp;

namespace Lateen.Proxy.Network;

/// <summary>The filter <c>sni_cluster</c>: the server name that the client asked for is the cluster's name.</summary>
internal sealed class SniClusterNetworkFilter(NetworkFilterChain chain) : NetworkFilter
{
    internal override bool OnNewConnection()
    {
        var info = chain.Downstream.Info;
        if (info.RequestedServerName.Length > 0)
        {
            info.SetFilterState(TcpProxyConfig.ClusterKey, Encoding.ASCII.GetString(info.RequestedServerName));
        }

        return true;
    }
}
