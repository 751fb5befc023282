using Lateen.Core.Logging;
using Lateen.Net;

namespace Lateen.Proxy.Config;

/// <summary>
/// Gives back what taking in configuration needed, once it has been quiet for some seconds: the start, or a large
/// update, touches far more code and memory than serving does.
/// </summary>
internal sealed class MemoryTrimmer : IDisposable
{
    private static readonly TimeSpan _quiet = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(60);

    private readonly TimeProvider _clock;
    private readonly Logger _log;
    private readonly Func<long> _trim;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private long _last;
    private bool _hasTrimmed;

    /// <param name="clock">When it is quiet.</param>
    /// <param name="log">Where it is told.</param>
    /// <param name="onQuiet">What else gives memory up, before.</param>
    public MemoryTrimmer(TimeProvider clock, Logger log, Action onQuiet)
        : this(clock, log, () =>
        {
            onQuiet();
            return WorkingSet.Trim();
        })
    {
    }

    internal MemoryTrimmer(TimeProvider clock, Logger log, Func<long> trim)
    {
        _clock = clock;
        _log = log;
        _trim = trim;
        _timer = clock.CreateTimer(_ => Trim(), null, _quiet, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Configuration came: the quiet begins anew. At most one trimming a minute follows.</summary>
    public void OnChange()
    {
        lock (_lock)
        {
            var since = _hasTrimmed ? _clock.GetElapsedTime(_last) : _pause;
            _timer.Change(since + _quiet < _pause ? _pause - since : _quiet, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Trim()
    {
        lock (_lock)
        {
            _last = _clock.GetTimestamp();
            _hasTrimmed = true;
        }

        var released = _trim();
        if (_log.IsEnabled(LogLevel.Debug))
        {
            _log.Debug($"gave {released / 1024} kB of program pages back");
        }
    }
}
