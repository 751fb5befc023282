using Lateen.Proxy.Discovery;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Config;

/// <summary>Route tables that come by RDS, by name; listeners that name the same one share it.</summary>
internal sealed class RouteTable
{
    private readonly Dictionary<string, RouteConfigurationSlot> _slots = [];

    public IReadOnlyDictionary<string, RouteConfigurationSlot> Slots => _slots;

    /// <summary>The place of a table, by the name that its source keeps it under.</summary>
    public RouteConfigurationSlot GetOrAdd(string name, DiscoverySource? source = null)
    {
        if (!_slots.TryGetValue(name, out var slot))
        {
            slot = new RouteConfigurationSlot(DiscoverySource.Unscope(name), null, source ?? DiscoverySource.Ads);
            _slots.Add(name, slot);
        }
        return slot;
    }

    public void Remove(string name) => _slots.Remove(name);
}
