using Lateen.Proxy.Discovery;
using Lateen.Proxy.Tls;

namespace Lateen.Proxy.Config;

/// <summary>
/// Discovered secrets of any bytes by the name that their source keeps them under. A secret that no filter holds any
/// more is not asked for.
/// </summary>
internal sealed class GenericSecretTable
{
    private readonly Dictionary<string, WeakReference<SecretSlot<byte[]>>> _slots = [];

    /// <summary>Those that something holds.</summary>
    public IEnumerable<SecretSlot<byte[]>> Held
    {
        get
        {
            foreach (var weak in _slots.Values)
            {
                if (weak.TryGetTarget(out var slot))
                {
                    yield return slot;
                }
            }
        }
    }

    public SecretSlot<byte[]> Get(string name, DiscoverySource source)
    {
        if (_slots.TryGetValue(name, out var weak) && weak.TryGetTarget(out var slot))
        {
            return slot;
        }
        slot = new SecretSlot<byte[]>(DiscoverySource.Unscope(name), source);
        _slots[name] = new WeakReference<SecretSlot<byte[]>>(slot);
        return slot;
    }

    public void Set(string name, byte[] bytes)
    {
        if (_slots.TryGetValue(name, out var weak) && weak.TryGetTarget(out var slot))
        {
            slot.Current = bytes;
        }
    }

    public void GiveUp(string name)
    {
        if (_slots.TryGetValue(name, out var weak) && weak.TryGetTarget(out var slot))
        {
            slot.IsGivenUp = true;
        }
    }
}
