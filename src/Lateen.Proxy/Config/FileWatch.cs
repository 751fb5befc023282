namespace Lateen.Proxy.Config;

/// <summary>
/// Tells when a file is replaced by a move, as configuration in files is to be changed. With a watched directory any
/// move within it counts, so that a folder of links can be switched at once. Calls come from another thread.
/// </summary>
internal sealed class FileWatch : IDisposable
{
    private readonly FileSystemWatcher _watcher;
    private readonly string? _name;
    private readonly Action _changed;

    public FileWatch(string path, string? watchedDirectory, Action changed)
    {
        var full = Path.GetFullPath(path);
        _name = string.IsNullOrEmpty(watchedDirectory) ? Path.GetFileName(full) : null;
        _changed = changed;
        _watcher = new FileSystemWatcher(_name is null ? watchedDirectory! : Path.GetDirectoryName(full)!)
        {
            NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName,
        };
        _watcher.Renamed += (_, e) => OnMoved(e.Name);
        _watcher.Created += (_, e) => OnMoved(e.Name);
        _watcher.EnableRaisingEvents = true;
    }

    public void Dispose() => _watcher.Dispose();

    private void OnMoved(string? name)
    {
        if (_name is null || name == _name)
        {
            _changed();
        }
    }
}
