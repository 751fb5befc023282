using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Config;

/// <summary>Route tables that come by RDS, by name; listeners that name the same one share it.</summary>
internal sealed class RouteTable
{
    private readonly Dictionary<string, RouteConfigurationSlot> _slots = [];

    public IReadOnlyDictionary<string, RouteConfigurationSlot> Slots => _slots;

    public RouteConfigurationSlot GetOrAdd(string name)
    {
        if (!_slots.TryGetValue(name, out var slot))
        {
            _slots.Add(name, slot = new RouteConfigurationSlot(name));
        }
        return slot;
    }

    public void Remove(string name) => _slots.Remove(name);
}
