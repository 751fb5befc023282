using Lateen.Proxy.Listeners;

namespace Lateen.Proxy.Tcp;

/// <summary>
/// The network filter <c>sni_cluster</c>: a server name, if there is one, goes into filter state
/// <see cref="TcpProxyConfig.ClusterKey"/>.
/// </summary>
internal sealed class SniClusterConfig : NetworkFilterConfig;
