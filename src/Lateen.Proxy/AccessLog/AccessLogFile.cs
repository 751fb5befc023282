using Lateen.Proxy.Stats;

namespace Lateen.Proxy.AccessLog;

/// <summary>
/// A log file shared by all loggers of its path. Workers append to a bounded buffer; the writer thread empties it. What
/// does not fit
/// is dropped and counted.
/// </summary>
internal sealed class AccessLogFile(string path, AccessLogWriter writer, StatsScope stats)
{
    /// <summary>Bytes that wait for the disk at most.</summary>
    public const int PendingBytesMax = 4 * 1024 * 1024;

    /// <summary>Bytes that a buffer keeps while nothing waits: a busy log fills it beyond what makes the writer start,
    /// and one made anew each time would be a large object each time.</summary>
    private const int RetainedBytesMax = 256 * 1024;

    private readonly Lock _lock = new();
    private ByteBuffer _pending = new(4096, RetainedBytesMax);
    private ByteBuffer _spare = new(4096, RetainedBytesMax);
    private Stream? _stream;

    public string Path { get; } = path;

    /// <summary>Opens the file; what is wrong, if it cannot be. Thread: main, before anyone writes.</summary>
    internal string? TryOpen()
    {
        try
        {
            _stream = Open();
            return null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or ArgumentException)
        {
            return "No such file or directory";
        }
        catch (UnauthorizedAccessException)
        {
            return Directory.Exists(Path) ? "Is a directory" : "Permission denied";
        }
        catch (IOException e)
        {
            return e.Message;
        }
    }

    /// <summary>Appends one entry. Thread: any worker; the lock is held for a copy only.</summary>
    public void Write(ReadOnlySpan<byte> entry)
    {
        bool full;
        lock (_lock)
        {
            full = _pending.Length + entry.Length > PendingBytesMax;
            if (!full)
            {
                _pending.Write(entry);
            }
        }
        stats.AddFromMain(full ? writer.DroppedStat : writer.BufferedStat);
        if (full || _pending.Length > writer.FlushBytesMin)
        {
            writer.Wake();
        }
    }

    /// <summary>Writes out what waits. Thread: the writer's.</summary>
    internal void Flush()
    {
        lock (_lock)
        {
            (_pending, _spare) = (_spare, _pending);
        }
        if (_spare.Length == 0)
        {
            return;
        }
        try
        {
            _stream ??= Open();
            _stream.Write(_spare.Written);
            _stream.Flush();
            stats.AddFromMain(writer.CompletedStat);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            stats.AddFromMain(writer.FailedStat);
        }
        _spare.Clear();
    }

    /// <summary>Closes the file, so that it is opened anew (after rotation). Thread: the writer's.</summary>
    internal void Reopen()
    {
        _stream?.Dispose();
        _stream = null;
    }

    private FileStream Open()
    {
        // Two handles on one terminal or pipe are fine, and Console would load more than is needed.
        var target = Path switch
        {
            "/dev/stdout" => "/proc/self/fd/1",
            "/dev/stderr" => "/proc/self/fd/2",
            _ => Path,
        };
        if (target != Path)
        {
            var handle = new Microsoft.Win32.SafeHandles.SafeFileHandle(target[^1] - '0', false);
            return new FileStream(handle, FileAccess.Write, 0, false);
        }
        return new FileStream(target, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, 0);
    }
}
