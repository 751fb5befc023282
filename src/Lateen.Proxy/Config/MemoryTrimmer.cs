using Lateen.Core.Logging;
using Lateen.Net;

namespace Lateen.Proxy.Config;

/// <summary>
/// Gives back what taking in configuration needed, once it has been quiet for some seconds: the start, or a large
/// update, touches far more code and memory than serving does. A start with a large bootstrap does not wait so long.
/// </summary>
internal sealed class MemoryTrimmer : IDisposable
{
    private static readonly TimeSpan _quiet = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan _start = TimeSpan.FromMilliseconds(500);

    /// <summary>Bytes on the heap from which the start's are given back at once: some thousand clusters.</summary>
    private const long LargeStart = 32 << 20;

    private readonly TimeProvider _clock;
    private readonly Logger _log;
    private readonly Func<long> _trim;
    private readonly Func<long> _heapBytes;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private long _last;
    private bool _hasTrimmed;
    private bool _isStart;

    /// <param name="clock">When it is quiet.</param>
    /// <param name="log">Where it is told.</param>
    /// <param name="onQuiet">What else gives memory up, before.</param>
    public MemoryTrimmer(TimeProvider clock, Logger log, Action onQuiet)
        : this(clock, log, () =>
        {
            onQuiet();
            return WorkingSet.Trim();
        }, () => GC.GetTotalMemory(false))
    {
    }

    internal MemoryTrimmer(TimeProvider clock, Logger log, Func<long> trim, Func<long> heapBytes)
    {
        _clock = clock;
        _log = log;
        _trim = trim;
        _heapBytes = heapBytes;
        _isStart = true;
        _timer = clock.CreateTimer(_ => OnTimer(), null, _start, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Configuration came: the quiet begins anew. At most one trimming a minute follows.</summary>
    public void OnChange()
    {
        lock (_lock)
        {
            _isStart = false;
            var since = _hasTrimmed ? _clock.GetElapsedTime(_last) : _pause;
            _timer.Change(since + _quiet < _pause ? _pause - since : _quiet, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose() => _timer.Dispose();

    private void OnTimer()
    {
        lock (_lock)
        {
            if (_isStart && _heapBytes() < LargeStart)
            {
                _isStart = false;
                _timer.Change(_quiet - _start, Timeout.InfiniteTimeSpan);
                return;
            }

            // What the start gives back at once is not the minute's: discovery may still bring all the rest.
            _hasTrimmed = !_isStart;
            _isStart = false;
            _last = _clock.GetTimestamp();
        }

        var released = _trim();
        if (_log.IsEnabled(LogLevel.Debug))
        {
            _log.Debug($"gave {released / 1024} kB of program pages back");
        }
    }
}
