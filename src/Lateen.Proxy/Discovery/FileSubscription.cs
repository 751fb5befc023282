using Lateen.Core;
using Lateen.Core.Logging;
using Lateen.Proxy.Config;

namespace Lateen.Proxy.Discovery;

/// <summary>
/// Discovery out of a file with a discovery response, read at the start and whenever it is replaced by a move. A file
/// that was only written to is not looked at: it may be half done.
/// </summary>
internal sealed class FileSubscription(DiscoveryHub hub, DiscoverySource source, WatchKey watch, Logger log)
    : IDiscoverySubscription
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _held = new(StringComparer.Ordinal);
    private FileSystemWatcher? _watcher;

    public void Start()
    {
        var folder = source.WatchedFolder.Length > 0
            ? source.WatchedFolder
            : Path.GetDirectoryName(Path.GetFullPath(source.Path))!;
        try
        {
            _watcher = new FileSystemWatcher(folder)
            {
                NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName,
            };
            _watcher.Renamed += (_, change) => OnMoved(change.Name);
            _watcher.Created += (_, change) => OnMoved(change.Name);
            _watcher.EnableRaisingEvents = true;
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            log.Warn($"the folder {folder} cannot be watched: {e.Message}");
        }

        Read();
    }

    public void Want(string wantedType, IReadOnlyCollection<string> names, bool all)
    {
    }

    public void AskAgain(string wantedType) => Read();

    public void SetPaused(string pausedType, bool paused)
    {
    }

    public void Dispose() => _watcher?.Dispose();

    private void OnMoved(string? name)
    {
        if (source.WatchedFolder.Length > 0 || name == Path.GetFileName(source.Path))
        {
            Read();
        }
    }

    private void Read()
    {
        lock (_lock)
        {
            var errors = new List<ConfigError>();
            var response = BootstrapReader.ReadDiscoveryFile(source.Path, errors);
            if (errors.Count > 0)
            {
                log.Warn($"{source.Path} is not used: {string.Join("; ", errors)}");
                hub.OnUnreadable(source, watch.TypeUrl, watch.Name);
                return;
            }

            DiscoveryResponses.Apply(hub, source, watch, response, _held);
        }
    }
}
