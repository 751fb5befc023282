using Envoy.Config.Core.V3;
using Google.Protobuf;
using Lateen.Core;
using Lateen.Proxy.Filters;

namespace Lateen.Proxy.Config;

/// <summary>Discovered configurations of extensions (ECDS), by name, and the filters that follow them.</summary>
internal sealed class ExtensionTable
{
    private readonly Dictionary<string, ResourceVersion> _held = [];
    private readonly List<(string Key, WeakReference<ExtensionSlot> Slot)> _slots = [];

    public IReadOnlyDictionary<string, ResourceVersion> Held => _held;

    /// <summary>Lets a filter follow its name; what is held already counts at once.</summary>
    public void Add(ExtensionSlot slot)
    {
        _slots.RemoveAll(entry => !entry.Slot.TryGetTarget(out _));
        var key = slot.Source.Scope(slot.Name);
        _slots.Add((key, new WeakReference<ExtensionSlot>(slot)));
        if (_held.TryGetValue(key, out var held))
        {
            slot.Prepare(TypedExtensionConfig.Parser.ParseFrom(held.Source).TypedConfig, [])?.Invoke();
        }
    }

    /// <summary>Takes in a configuration; refused when any filter cannot be made of it.</summary>
    public ResourceOutcome Apply(ByteString body, string key, ResourceVersion version)
    {
        var config = TypedExtensionConfig.Parser.ParseFrom(body);
        if (_held.TryGetValue(key, out var held) && held.Is(body))
        {
            return ResourceOutcome.Accepted(config.Name);
        }
        var errors = new List<ConfigError>();
        var ready = Find(key).Select(slot => slot.Prepare(config.TypedConfig, errors)).ToArray();
        if (errors.Count > 0)
        {
            return new ResourceOutcome(config.Name, errors);
        }
        foreach (var apply in ready)
        {
            apply?.Invoke();
        }
        _held[key] = version;
        return ResourceOutcome.Accepted(config.Name) with { IsReload = true };
    }

    public void Remove(string key)
    {
        _held.Remove(key);
        foreach (var slot in Find(key))
        {
            slot.Clear();
        }
    }

    /// <summary>Nobody waits for it any longer.</summary>
    public void GiveUp(string key)
    {
        foreach (var slot in Find(key))
        {
            slot.IsGivenUp = true;
        }
    }

    private IEnumerable<ExtensionSlot> Find(string key)
    {
        foreach (var (own, weak) in _slots.ToArray())
        {
            if (own == key && weak.TryGetTarget(out var slot))
            {
                yield return slot;
            }
        }
    }
}
