namespace Lateen.Proxy.Tapping;

/// <summary>
/// Filters and transport sockets that are tapped by the admin port, by the id that their configuration names, and the
/// one client that taps now. Thread: any.
/// </summary>
internal sealed class TapTable
{
    private readonly Dictionary<string, List<WeakReference<TapSlot>>> _slots = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private string? _attached;
    private TapConfig? _config;

    /// <summary>Whether any configuration names an id, so that there is a page for it.</summary>
    public bool IsUsed
    {
        get
        {
            lock (_lock)
            {
                return _slots.Count > 0;
            }
        }
    }

    /// <summary>A client taps.</summary>
    public bool IsAttached
    {
        get
        {
            lock (_lock)
            {
                return _attached is not null;
            }
        }
    }

    /// <summary>The place of what is tapped with this id. It is forgotten when nothing uses it any more.</summary>
    public TapSlot Register(string id)
    {
        var slot = new TapSlot(null);
        lock (_lock)
        {
            if (!_slots.TryGetValue(id, out var list))
            {
                _slots.Add(id, list = []);
            }
            list.RemoveAll(static known => !known.TryGetTarget(out _));
            list.Add(new WeakReference<TapSlot>(slot));
            if (_attached == id)
            {
                slot.Current = _config;
            }
        }
        return slot;
    }

    /// <summary>Whether a filter or transport socket has this id.</summary>
    public bool Has(string id)
    {
        lock (_lock)
        {
            return _slots.TryGetValue(id, out var list) && list.Exists(static known => known.TryGetTarget(out _));
        }
    }

    /// <summary>Begins to tap; false when another client does already.</summary>
    public bool TryAttach(string id, TapConfig config)
    {
        lock (_lock)
        {
            if (_attached is not null)
            {
                return false;
            }
            _attached = id;
            _config = config;
            SetAll(id, config);
            return true;
        }
    }

    /// <summary>The client has gone, or its answer is whole.</summary>
    public void Detach()
    {
        lock (_lock)
        {
            if (_attached is { } id)
            {
                SetAll(id, null);
            }
            _attached = null;
            _config = null;
        }
    }

    private void SetAll(string id, TapConfig? config)
    {
        foreach (var known in _slots.GetValueOrDefault(id, []))
        {
            if (known.TryGetTarget(out var slot))
            {
                slot.Current = config;
            }
        }
    }
}
