using System.Text;

namespace Lateen.Proxy.Clusters;

/// <summary>
/// All cluster slots by name. Look-ups from workers take no lock: a slot is put into a free place of the table, and a
/// table that is half full is replaced by a larger one.
/// </summary>
internal sealed class ClusterTable
{
    private readonly Lock _lock = new();
    private ClusterSlot?[] _slots = new ClusterSlot?[16];
    private int _count;

    /// <summary>The slots as they are now.</summary>
    public IReadOnlyCollection<ClusterSlot> Slots => [.. Volatile.Read(ref _slots).OfType<ClusterSlot>()];

    /// <summary>The slot of a name, made if need be. Thread: configuration.</summary>
    public ClusterSlot GetOrAdd(string name)
    {
        lock (_lock)
        {
            if (Find(name) is { } found)
            {
                return found;
            }
            if ((_count + 1) * 2 > _slots.Length)
            {
                var grown = new ClusterSlot?[_slots.Length * 2];
                foreach (var old in _slots)
                {
                    if (old is not null)
                    {
                        Put(grown, old);
                    }
                }
                Volatile.Write(ref _slots, grown);
            }
            var slot = new ClusterSlot(name);
            Put(_slots, slot);
            _count++;
            return slot;
        }
    }

    /// <summary>The slot of a name taken from a request; null when there is none. Thread: any.</summary>
    public ClusterSlot? Find(ReadOnlySpan<byte> name)
    {
        var slots = Volatile.Read(ref _slots);
        for (var at = Hash(name) & (slots.Length - 1); ; at = (at + 1) & (slots.Length - 1))
        {
            var slot = Volatile.Read(ref slots[at]);
            if (slot is null || Utf8Names.AreEqual(slot.Name, name))
            {
                return slot;
            }
        }
    }

    /// <summary>The slot of a name; null when there is none.</summary>
    public ClusterSlot? Find(string name) => Find((ReadOnlySpan<byte>)Encoding.UTF8.GetBytes(name));

    private static void Put(ClusterSlot?[] slots, ClusterSlot slot)
    {
        var at = Hash(Encoding.UTF8.GetBytes(slot.Name)) & (slots.Length - 1);
        while (slots[at] is not null)
        {
            at = (at + 1) & (slots.Length - 1);
        }
        Volatile.Write(ref slots[at], slot);
    }

    private static int Hash(ReadOnlySpan<byte> name)
    {
        var hash = default(HashCode);
        hash.AddBytes(name);
        return hash.ToHashCode();
    }
}
