namespace Lateen.Proxy.Streams;

/// <summary>
/// Named objects that filters leave for one another on a connection or stream. Few entries, so a list; created on first
/// use. Owned by one worker.
/// </summary>
internal sealed class FilterState
{
    private readonly List<SharedObject> _entries = [];

    /// <summary>Whether an object is to be seen by upstream connections.</summary>
    public bool HasShared { get; private set; }

    public object? Get(string key)
    {
        foreach (var entry in _entries)
        {
            if (entry.Key == key)
            {
                return entry.Value;
            }
        }
        return null;
    }

    public void Set(string key, object value) => Set(new SharedObject(key, value, FilterStateSharing.None, false));

    /// <summary>Puts an object in, in place of one with its key.</summary>
    public void Set(in SharedObject entry)
    {
        HasShared |= entry.Sharing != FilterStateSharing.None;
        for (var i = 0; i < _entries.Count; i++)
        {
            if (_entries[i].Key == entry.Key)
            {
                _entries[i] = entry;
                return;
            }
        }
        _entries.Add(entry);
    }

    public void Clear()
    {
        _entries.Clear();
        HasShared = false;
    }

    /// <summary>Adds what upstream connections may see to a list.</summary>
    internal void AddShared(List<SharedObject> into)
    {
        foreach (var entry in _entries)
        {
            if (entry.Sharing != FilterStateSharing.None)
            {
                into.Add(entry);
            }
        }
    }
}
