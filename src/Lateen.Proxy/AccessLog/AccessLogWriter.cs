using Lateen.Proxy.Stats;

namespace Lateen.Proxy.AccessLog;

/// <summary>The thread that writes access log files, so that no worker waits for a disk.</summary>
internal sealed class AccessLogWriter : IDisposable
{
    private readonly Dictionary<string, AccessLogFile> _files = [];
    private readonly Lock _lock = new();
    private readonly AutoResetEvent _wake = new(false);
    private readonly StatsScope _stats;
    private readonly TimeSpan _interval;
    private Thread? _thread;
    private volatile bool _stopping;
    private volatile bool _reopen;

    /// <summary>Flushes each <paramref name="interval"/>, or earlier when a file has <paramref name="flushBytesMin"/>
    /// waiting.</summary>
    public AccessLogWriter(StatsStore store, TimeSpan interval, int flushBytesMin = 64 * 1024)
    {
        _stats = store.GetScope("filesystem.", StatLayout.Empty);
        _interval = interval;
        FlushBytesMin = flushBytesMin;
        BufferedStat = _stats.GetOrAdd("write_buffered");
        CompletedStat = _stats.GetOrAdd("write_completed");
        FailedStat = _stats.GetOrAdd("write_failed");
        DroppedStat = _stats.GetOrAdd("write_failed");
        _stats.KeepMainCells();
    }

    internal int FlushBytesMin { get; }

    internal int BufferedStat { get; }

    internal int CompletedStat { get; }

    internal int FailedStat { get; }

    internal int DroppedStat { get; }

    /// <summary>The file of a path, shared, and open from the first time on; null with Envoy's words when it cannot be
    /// opened.</summary>
    public AccessLogFile? Open(string path, out string error)
    {
        lock (_lock)
        {
            error = "";
            if (_files.TryGetValue(path, out var file))
            {
                return file;
            }
            file = new AccessLogFile(path, this, _stats);
            if (file.TryOpen() is { } wrong)
            {
                error = $"unable to open file '{path}': {wrong}";
                return null;
            }
            _files.Add(path, file);
            return file;
        }
    }

    public void Start()
    {
        _thread = new Thread(Run, 128 * 1024) { Name = "access-log", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Opens all files again at the next flush (SIGUSR1, /reopen_logs).</summary>
    public void Reopen()
    {
        _reopen = true;
        Wake();
    }

    public void Dispose()
    {
        _stopping = true;
        Wake();
        _thread?.Join(TimeSpan.FromSeconds(2));
        Flush();
        _wake.Dispose();
    }

    internal void Wake() => _wake.Set();

    internal void Flush()
    {
        AccessLogFile[] files;
        lock (_lock)
        {
            files = [.. _files.Values];
        }
        foreach (var file in files)
        {
            if (_reopen)
            {
                file.Reopen();
            }
            file.Flush();
        }
        _reopen = false;
    }

    private void Run()
    {
        while (!_stopping)
        {
            _wake.WaitOne(_interval);
            Flush();
        }
    }
}
