namespace Lateen.Proxy.Streams;

/// <summary>
/// Named objects that filters leave for one another on a connection or stream. Few entries, so a list; created on first
/// use.
/// Owned by one worker.
/// </summary>
internal sealed class FilterState
{
    private readonly List<KeyValuePair<string, object>> _entries = [];

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

    public void Set(string key, object value)
    {
        for (var i = 0; i < _entries.Count; i++)
        {
            if (_entries[i].Key == key)
            {
                _entries[i] = new(key, value);
                return;
            }
        }
        _entries.Add(new(key, value));
    }

    public void Clear() => _entries.Clear();
}
