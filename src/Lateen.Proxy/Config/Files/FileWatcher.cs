namespace Lateen.Proxy.Config.Files;

/// <summary>
/// Tells when something in a directory has changed. Kept by directory, so that many files cost one watch; what changed
/// is for the listener to find out. Thread: any; listeners are called on a thread of the watch.
/// </summary>
internal sealed class FileWatcher : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (FileSystemWatcher Watch, List<Action> Listeners)> _directories = [];

    /// <summary>Calls <paramref name="onChange"/> from now on for each change in the directory. False when it cannot be
    /// watched.</summary>
    public bool Watch(string directory, Action onChange)
    {
        var path = directory.Length == 0 ? "." : directory;
        lock (_lock)
        {
            if (_directories.TryGetValue(path, out var known))
            {
                known.Listeners.Add(onChange);
                return true;
            }
            if (!Directory.Exists(path))
            {
                return false;
            }
            var watch = new FileSystemWatcher(path)
            {
                NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite
                    | NotifyFilters.CreationTime,
            };
            void Tell(object _, FileSystemEventArgs __) => OnChange(path);
            watch.Created += Tell;
            watch.Changed += Tell;
            watch.Deleted += Tell;
            watch.Renamed += (_, _) => OnChange(path);
            _directories.Add(path, (watch, [onChange]));
            watch.EnableRaisingEvents = true;
            return true;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var (watch, _) in _directories.Values)
            {
                watch.Dispose();
            }
            _directories.Clear();
        }
    }

    private void OnChange(string directory)
    {
        Action[] listeners;
        lock (_lock)
        {
            listeners = _directories.TryGetValue(directory, out var known) ? [.. known.Listeners] : [];
        }
        foreach (var listener in listeners)
        {
            listener();
        }
    }
}
