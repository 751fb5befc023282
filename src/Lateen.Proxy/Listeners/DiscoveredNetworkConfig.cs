using Lateen.Proxy.Filters;

namespace Lateen.Proxy.Listeners;

/// <summary>A network filter whose configuration is discovered. Without any, connections are closed.</summary>
internal sealed class DiscoveredNetworkConfig : NetworkFilterConfig
{
    public required ExtensionSlotOf<NetworkFilterConfig> Slot { get; init; }
}
