using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Config;

/// <summary>A virtual host that came by itself (VHDS).</summary>
/// <param name="Source">As it came.</param>
/// <param name="Decoded">Ready for its table; null while that is not there.</param>
internal sealed record DiscoveredVirtualHost(ResourceVersion Source, VirtualHost? Decoded);
