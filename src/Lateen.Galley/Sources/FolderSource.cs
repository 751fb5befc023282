using System.Collections.Immutable;
using Lateen.Core;
using Lateen.Core.Logging;

namespace Lateen.Galley;

/// <summary>
/// A folder of YAML and JSON files, read with all folders below it, as the store of a mesh. Only files that changed are
/// read again. A broken object is reported and its last good version stays; everything else goes live. Where several
/// files hold the same object, the first in the order of paths counts and the others are reported. Hidden files and
/// folders are passed over.
/// </summary>
public sealed class FolderSource : IDisposable
{
    private readonly string _folder;
    private readonly ConfigStore _store;
    private readonly FolderSourceOptions _options;
    private readonly TimeProvider _clock;
    private readonly Logger _log;
    private readonly ConfigDecoder _decoder;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _files = new(StringComparer.Ordinal);
    private readonly HashSet<string> _dirty = new(StringComparer.Ordinal);
    private HashSet<ConfigKey> _live = [];
    private FileSystemWatcher? _watcher;
    private ITimer? _quietTimer;
    private ITimer? _rescanTimer;
    private DateTimeOffset? _firstEvent;
    private ConfigError? _problem;
    private FolderReport _report = new(0, 0, [], [], []);

    /// <summary>Reads nothing yet.</summary>
    public FolderSource(
        string folder, ConfigStore store, FolderSourceOptions? options = null, TimeProvider? clock = null,
        Logger? log = null)
    {
        _folder = folder;
        _store = store;
        _options = options ?? new FolderSourceOptions();
        _clock = clock ?? TimeProvider.System;
        _log = log ?? Logger.None;
        _decoder = new ConfigDecoder(_options.DefaultNamespace);
    }

    /// <summary>Raised after each reading that found a change, on the thread that read.</summary>
    public event Action<FolderReport>? Reported;

    /// <summary>The state after the last reading.</summary>
    public FolderReport Report => Volatile.Read(ref _report);

    /// <summary>How often a file was read since the start.</summary>
    public long FilesRead { get; private set; }

    /// <summary>Looks the folder over, reads what changed, and updates the store.</summary>
    public FolderReport Rescan()
    {
        FolderReport report;
        lock (_lock)
        {
            _firstEvent = null;
            var (changed, problem) = ReadChanged();
            if (!changed)
            {
                return _report;
            }

            report = Publish(problem);
            Volatile.Write(ref _report, report);
        }

        Tell(report);
        Reported?.Invoke(report);
        return report;
    }

    /// <summary>
    /// Reads the folder, warns in the log of references that lead nowhere, and keeps reading what changes until
    /// disposed.
    /// </summary>
    public FolderReport Start()
    {
        _quietTimer = _clock.CreateTimer(_ => Rescan(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        if (_options.UseNotifications)
        {
            Watch();
        }

        var report = Rescan();
        foreach (var warning in ReferenceAnalyzer.Analyze(_store.Current))
        {
            GalleyLog.Warning(_log, warning);
        }

        _rescanTimer = _clock.CreateTimer(_ => Rescan(), null, _options.RescanInterval, _options.RescanInterval);
        return report;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _watcher?.Dispose();
        _quietTimer?.Dispose();
        _rescanTimer?.Dispose();
    }

    /// <summary>A change was seen: read it once it is quiet, or once it has waited long enough.</summary>
    internal void Note(string? path)
    {
        lock (_lock)
        {
            if (path is not null)
            {
                _dirty.Add(path);
            }

            var now = _clock.GetUtcNow();
            _firstEvent ??= now;
            var left = _firstEvent.Value + _options.MaxDelay - now;
            var delay = left < _options.QuietTime ? left : _options.QuietTime;
            _quietTimer?.Change(delay < TimeSpan.Zero ? TimeSpan.Zero : delay, Timeout.InfiniteTimeSpan);
        }
    }

    private void Watch()
    {
        try
        {
            _watcher = new FileSystemWatcher(_folder) { IncludeSubdirectories = true };
            _watcher.Changed += (_, e) => Note(e.FullPath);
            _watcher.Created += (_, e) => Note(e.FullPath);
            _watcher.Deleted += (_, e) => Note(e.FullPath);
            _watcher.Renamed += (_, e) => Note(e.FullPath);
            _watcher.Error += (_, _) => Note(null);
            _watcher.EnableRaisingEvents = true;
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            GalleyLog.WatchFailed(_log, _folder, e.Message);
        }
    }

    private (bool Changed, ConfigError? Problem) ReadChanged()
    {
        var present = new HashSet<string>(StringComparer.Ordinal);
        ConfigError? problem = null;
        var changed = false;
        try
        {
            foreach (var file in Enumerate(new DirectoryInfo(_folder)))
            {
                if (present.Count == _options.MaxFiles)
                {
                    problem = new ConfigError("", "source.limit",
                        $"the folder has more than {_options.MaxFiles} files; the others are not read", null, _folder);
                    break;
                }

                present.Add(file.FullName);
                changed |= ReadIfChanged(file);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The folder is away for the moment, as while it is being replaced: everything stays as it is.
            problem =
                new ConfigError("", "source.unreadable", $"the folder cannot be read: {e.Message}", null, _folder);
            present.UnionWith(_files.Keys);
        }

        foreach (var gone in _files.Keys.Where(path => !present.Contains(path)).ToList())
        {
            _files.Remove(gone);
            changed = true;
        }

        _dirty.Clear();
        changed |= problem != _problem;
        _problem = problem;
        return (changed, problem);
    }

    private static IEnumerable<FileInfo> Enumerate(DirectoryInfo folder)
    {
        foreach (var entry in folder.EnumerateFileSystemInfos().OrderBy(e => e.Name, StringComparer.Ordinal))
        {
            if (entry.Name.StartsWith('.'))
            {
                continue;
            }

            if (entry is DirectoryInfo below)
            {
                // A link to a folder could lead in a circle.
                foreach (var file in below.LinkTarget is null ? Enumerate(below) : [])
                {
                    yield return file;
                }
            }
            else if (entry is FileInfo file && entry.Extension is ".yaml" or ".yml" or ".json")
            {
                yield return file;
            }
        }
    }

    private bool ReadIfChanged(FileInfo file)
    {
        var target =
            file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
        var stamp = (target.Exists ? target.LastWriteTimeUtc : default, target.Exists ? target.Length : -1);
        var before = _files.GetValueOrDefault(file.FullName);
        if (before is not null && before.Stamp == stamp && !_dirty.Contains(file.FullName))
        {
            return false;
        }

        var shown = Path.Combine(_folder, Path.GetRelativePath(Path.GetFullPath(_folder), file.FullName));
        SourceFile content;
        try
        {
            FilesRead++;
            content = target.Length > _options.MaxFileLength
                ? SourceFile.Unreadable(shown, $"it is longer than {_options.MaxFileLength} bytes", before?.Content)
                : SourceFile.Read(shown, File.ReadAllText(file.FullName), _decoder, before?.Content);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            content = SourceFile.Unreadable(shown, e.Message, before?.Content);
        }

        _files[file.FullName] = new Entry(stamp, content);
        return true;
    }

    private FolderReport Publish(ConfigError? problem)
    {
        var errors = ImmutableArray.CreateBuilder<ConfigError>();
        var warnings = ImmutableArray.CreateBuilder<ConfigError>();
        var winners = new Dictionary<ConfigKey, ConfigObject>();
        var kept = ImmutableArray.CreateBuilder<ConfigKey>();
        if (problem is not null)
        {
            errors.Add(problem);
        }

        foreach (var (_, entry) in _files.OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            errors.AddRange(entry.Content.Errors);
            warnings.AddRange(entry.Content.Warnings);
            foreach (var item in entry.Content.Objects.Concat(entry.Content.Kept))
            {
                if (!winners.TryAdd(item.Key, item))
                {
                    errors.Add(Duplicate(item, winners[item.Key]));
                }
                else if (entry.Content.Kept.Contains(item))
                {
                    kept.Add(item.Key);
                }
            }
        }

        var gone = _live.Where(key => !winners.ContainsKey(key)).ToList();
        _live = [.. winners.Keys];
        _store.Update(winners.Values, gone);
        return new FolderReport(_files.Count, winners.Count, errors.DrainToImmutable(), warnings.DrainToImmutable(),
            kept.DrainToImmutable());
    }

    private static ConfigError Duplicate(ConfigObject extra, ConfigObject winner) =>
        new("metadata.name", "source.duplicate", $"{extra.Key} is also defined at {winner.Position}, which counts",
            "Remove one of them, or give it another name.",
            extra.Position.File, extra.Position.Line, extra.Position.Column);

    private void Tell(FolderReport report)
    {
        GalleyLog.Read(_log, _folder, report);
        foreach (var error in report.Errors)
        {
            GalleyLog.Fault(_log, error);
        }

        foreach (var warning in report.Warnings)
        {
            GalleyLog.Warning(_log, warning);
        }

        foreach (var key in report.Kept)
        {
            GalleyLog.Kept(_log, key);
        }
    }

    private sealed record Entry((DateTime Modified, long Length) Stamp, SourceFile Content);
}
