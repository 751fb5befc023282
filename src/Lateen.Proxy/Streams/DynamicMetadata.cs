using Google.Protobuf.WellKnownTypes;

namespace Lateen.Proxy.Streams;

/// <summary>
/// Values that filters leave for later filters and logs under a namespace and a key: text (a string), numbers, truth
/// values or a
/// protobuf <see cref="Value"/>; beside them, one message for each namespace. A list, since entries are few. Owned by
/// one worker.
/// </summary>
internal sealed class DynamicMetadata
{
    private static readonly Dictionary<string, Any> _none = [];
    private readonly List<Entry> _entries = [];
    private Dictionary<string, Any>? _messages;

    public int Count => _entries.Count;

    /// <summary>Names of the namespaces, each once.</summary>
    public IEnumerable<string> Namespaces => _entries.Select(entry => entry.Filter).Distinct();

    public bool HasNamespace(string filter) => _entries.Exists(entry => entry.Filter == filter);

    public IEnumerable<(string Key, object Value)> GetAll(string filter) =>
        _entries.Where(entry => entry.Filter == filter).Select(entry => (entry.Key, entry.Value));

    public object? Get(string filter, string key)
    {
        foreach (var entry in _entries)
        {
            if (entry.Key == key && entry.Filter == filter)
            {
                return entry.Value;
            }
        }
        return null;
    }

    public void Set(string filter, string key, object value)
    {
        for (var i = 0; i < _entries.Count; i++)
        {
            if (_entries[i].Key == key && _entries[i].Filter == filter)
            {
                _entries[i] = new Entry(filter, key, value);
                return;
            }
        }
        _entries.Add(new Entry(filter, key, value));
    }

    /// <summary>The messages by namespace.</summary>
    public IReadOnlyDictionary<string, Any> Messages => _messages ?? _none;

    /// <summary>The namespace's message; null when it has none.</summary>
    public Any? GetTyped(string filter) => _messages?.GetValueOrDefault(filter);

    /// <summary>Gives the namespace a message in place of the one that it may have.</summary>
    public void SetTyped(string filter, Any message) => (_messages ??= [])[filter] = message;

    public void Clear()
    {
        _entries.Clear();
        _messages?.Clear();
    }

    /// <summary>The value at a path of keys below a namespace; null when there is none.</summary>
    public object? GetPath(string filter, ReadOnlySpan<string> path)
    {
        if (path.Length == 0)
        {
            return null;
        }
        var value = Get(filter, path[0]);
        return path.Length == 1 ? value : MetadataValues.Descend(value, path[1..]);
    }

    private readonly record struct Entry(string Filter, string Key, object Value);
}
