using Lateen.Proxy.Dns;
using Lateen.Proxy.Listeners;

namespace Lateen.Proxy.Tcp;

/// <summary>The network filter <c>sni_dynamic_forward_proxy</c>.</summary>
internal sealed class SniForwardProxyConfig : NetworkFilterConfig
{
    /// <summary>Where names are kept; the cluster's too.</summary>
    public required DnsCache Cache { get; init; }

    /// <summary>Port of the upstream; 443 by default.</summary>
    public int Port { get; init; } = 443;
}
