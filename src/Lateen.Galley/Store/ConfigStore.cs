namespace Lateen.Galley;

/// <summary>
/// Holds all configuration objects and tells of changes. Sources write from any thread; readers take
/// <see cref="Current"/> and keep it as long as they like.
/// </summary>
public sealed class ConfigStore
{
    private readonly Lock _lock = new();
    private ConfigSnapshot _current = ConfigSnapshot.Empty;

    /// <summary>
    /// Raised after each update that changed something, in the order of the updates, on the thread that made the
    /// update and under the store's lock: a handler takes note and returns, and updates no store.
    /// </summary>
    public event Action<ConfigChangeSet>? Changed;

    /// <summary>All objects now.</summary>
    public ConfigSnapshot Current => Volatile.Read(ref _current);

    /// <summary>Adds or replaces objects and removes others, in one step. What stays equal is no change.</summary>
    /// <returns>Whether anything changed.</returns>
    public bool Update(IEnumerable<ConfigObject> upserts, IEnumerable<ConfigKey>? removals = null)
    {
        lock (_lock)
        {
            var before = _current;
            var changes = new Dictionary<ConfigKey, ConfigChange>();
            foreach (var key in removals ?? [])
            {
                if (before.Get(key) is { } old)
                {
                    changes[key] = new ConfigChange(key, old, null);
                }
            }

            foreach (var item in upserts)
            {
                changes.Remove(item.Key);
                var old = before.Get(item.Key);
                if (!item.Equals(old))
                {
                    changes[item.Key] = new ConfigChange(item.Key, old, item);
                }
            }

            if (changes.Count == 0)
            {
                return false;
            }

            var after = before.With(changes.Values);
            Volatile.Write(ref _current, after);
            Changed?.Invoke(new ConfigChangeSet(before, after, [.. changes.Values]));
            return true;
        }
    }

    /// <summary>Removes objects.</summary>
    /// <returns>Whether there was any of them.</returns>
    public bool Remove(params IEnumerable<ConfigKey> keys) => Update([], keys);
}
