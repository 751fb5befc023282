using System.Text;
using Lateen.Proxy.Config;

namespace Lateen.Proxy.Clusters;

/// <summary>All cluster slots by name. Look-ups from workers take no lock: the map is replaced when a name is
/// added.</summary>
internal sealed class ClusterTable
{
    private readonly Lock _lock = new();
    private Dictionary<byte[], ClusterSlot> _slots = new(ByteKeyComparer.Instance);

    /// <summary>The slots as they are now.</summary>
    public IReadOnlyCollection<ClusterSlot> Slots => Volatile.Read(ref _slots).Values;

    /// <summary>The slot of a name, made if need be. Thread: configuration.</summary>
    public ClusterSlot GetOrAdd(string name)
    {
        var key = Encoding.UTF8.GetBytes(name);
        lock (_lock)
        {
            if (_slots.TryGetValue(key, out var slot))
            {
                return slot;
            }
            slot = new ClusterSlot(name);
            var grown = new Dictionary<byte[], ClusterSlot>(_slots, ByteKeyComparer.Instance) { [key] = slot };
            Volatile.Write(ref _slots, grown);
            return slot;
        }
    }

    /// <summary>Makes room for many names at once, so that adding them copies the map once.</summary>
    public void AddRange(IEnumerable<string> names)
    {
        lock (_lock)
        {
            var grown = new Dictionary<byte[], ClusterSlot>(_slots, ByteKeyComparer.Instance);
            foreach (var name in names)
            {
                grown.TryAdd(Encoding.UTF8.GetBytes(name), new ClusterSlot(name));
            }
            Volatile.Write(ref _slots, grown);
        }
    }

    /// <summary>The active cluster of a name taken from a request; null when there is none. Thread: any.</summary>
    public ClusterSlot? Find(ReadOnlySpan<byte> name)
    {
        var slots = Volatile.Read(ref _slots);
        return slots.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(name, out var slot) ? slot : null;
    }
}
