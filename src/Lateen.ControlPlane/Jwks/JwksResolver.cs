using Istio.Security.V1Beta1;
using Lateen.Core.Logging;
using Lateen.Pilot.Model;
using Lateen.Pilot.Security;

namespace Lateen.ControlPlane.Jwks;

/// <summary>
/// Fetches the keys that RequestAuthentications name and keeps them new (contract 11.5). A source's first fetch is one
/// try; when it fails, more follow in the background. Keys that cannot be renewed stay for a week. Any thread may call.
/// </summary>
internal sealed class JwksResolver : IAsyncDisposable
{
    /// <summary>Sources at a time; those beyond it are never fetched.</summary>
    internal const int SourcesMax = 10_000;

    private const int FetchesMax = 32;
    private const int RetriesMax = 7;
    private static readonly TimeSpan _retryPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _failurePauseMin = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan _failurePauseMax = TimeSpan.FromMinutes(60);
    private static readonly TimeSpan _ageMax = TimeSpan.FromDays(7);
    private static readonly TimeSpan _timeoutDefault = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _timeoutMax = TimeSpan.FromMinutes(1);

    private readonly Func<JwksSource, CancellationToken, Task<string>> _fetch;
    private readonly JwksOptions _options;
    private readonly Action<JwksSource, string?> _changed;
    private readonly TimeProvider _clock;
    private readonly Logger _log;
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _slots = new(FetchesMax);
    private readonly Lock _lock = new();
    private readonly Dictionary<JwksSource, Entry> _entries = [];
    private readonly Dictionary<ObjectKey, Entry[]> _uses = [];
    private long _successes;
    private long _failures;

    /// <param name="fetch">Gets a key set; throws <see cref="JwksException"/>.</param>
    /// <param name="options">How often.</param>
    /// <param name="changed">Told of new keys, and of null when there are none any more; must not wait.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="log">Where messages go.</param>
    public JwksResolver(
        Func<JwksSource, CancellationToken, Task<string>> fetch, JwksOptions options,
        Action<JwksSource, string?> changed, TimeProvider clock, Logger log)
    {
        (_fetch, _options, _changed, _clock, _log) = (fetch, options, changed, clock, log);
    }

    /// <summary>Fetches that gave a key set.</summary>
    public long Successes => Interlocked.Read(ref _successes);

    /// <summary>Fetches that gave none.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>What cannot be fetched at the moment, and why.</summary>
    public IReadOnlyList<string> Problems
    {
        get
        {
            lock (_lock)
            {
                return [.. _entries.Values.Where(entry => entry.Problem is not null)
                    .Select(entry => $"key set of {entry.Source}: {entry.Problem}").Order(StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>Sets what an object needs, none when it is gone. The task ends when each source was tried
    /// once.</summary>
    public Task Use(ObjectKey user, IEnumerable<JWTRule> rules)
    {
        lock (_lock)
        {
            var used = new List<Entry>();
            foreach (var rule in rules)
            {
                if (JwksSource.Of(rule) is { } source
                    && !(_options.LeavesAddressesToProxies && source.Address.Length > 0)
                    && Obtain(source) is { } entry && !used.Contains(entry))
                {
                    var timeout = rule.Timeout?.ToTimeSpan() ?? _timeoutDefault;
                    entry.Timeout = timeout > _timeoutMax ? _timeoutMax
                        : timeout > entry.Timeout ? timeout : entry.Timeout;
                    entry.Users++;
                    used.Add(entry);
                }
            }
            foreach (var entry in _uses.GetValueOrDefault(user, []))
            {
                entry.Users--;
            }
            if (used.Count > 0)
            {
                _uses[user] = [.. used];
            }
            else
            {
                _uses.Remove(user);
            }
            foreach (var entry in used.Where(entry => entry.Loop.IsCompleted))
            {
                entry.Loop = RunAsync(entry);
            }
            return Task.WhenAll(used.Select(entry => entry.Tried.Task));
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        Task[] loops;
        lock (_lock)
        {
            loops = [.. _entries.Values.Select(entry => entry.Loop)];
        }
        await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _slots.Dispose();
        _stopping.Dispose();
    }

    private Entry? Obtain(JwksSource source)
    {
        if (_entries.TryGetValue(source, out var entry))
        {
            return entry;
        }
        if (_entries.Count >= SourcesMax)
        {
            JwksLog.TooMany(_log, source, SourcesMax);
            return null;
        }
        entry = new Entry(source);
        _entries.Add(source, entry);
        return entry;
    }

    /// <summary>The life of a source: until nobody has used it when its next turn comes.</summary>
    private async Task RunAsync(Entry entry)
    {
        await Task.Yield();
        var failurePause = _failurePauseMin;
        var tries = 1;
        while (IsUsed(entry))
        {
            var reason = await TryAsync(entry, tries).ConfigureAwait(false);
            var pause = _options.RefreshInterval;
            if (reason is null)
            {
                failurePause = _failurePauseMin;
            }
            else if (tries == 1)
            {
                pause = _retryPause;
            }
            else
            {
                pause = failurePause;
                failurePause = TimeSpan.FromTicks(Math.Min(failurePause.Ticks * 2, _failurePauseMax.Ticks));
            }
            if (reason is not null)
            {
                Fail(entry, reason, pause);
            }
            tries = 1 + RetriesMax;
            entry.Tried.TrySetResult();
            await Task.Delay(pause, _clock, _stopping.Token).ConfigureAwait(false);
        }
    }

    private bool IsUsed(Entry entry)
    {
        lock (_lock)
        {
            if (entry.Users > 0)
            {
                return true;
            }
            _entries.Remove(entry.Source);
            _changed(entry.Source, null);
            return false;
        }
    }

    /// <summary>Null when it succeeded, else why the last try did not.</summary>
    private async Task<string?> TryAsync(Entry entry, int tries)
    {
        for (var left = tries - 1; ; left--)
        {
            var reason = await FetchAsync(entry).ConfigureAwait(false);
            if (reason is null || left == 0)
            {
                return reason;
            }
            await Task.Delay(_retryPause, _clock, _stopping.Token).ConfigureAwait(false);
        }
    }

    private async Task<string?> FetchAsync(Entry entry)
    {
        await _slots.WaitAsync(_stopping.Token).ConfigureAwait(false);
        var timeout = entry.Timeout;
        using var late = new CancellationTokenSource(timeout, _clock);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(late.Token, _stopping.Token);
        try
        {
            Take(entry, await _fetch(entry.Source, ended.Token).ConfigureAwait(false));
            Interlocked.Increment(ref _successes);
            return null;
        }
        catch (JwksException e)
        {
            Interlocked.Increment(ref _failures);
            return e.Message;
        }
        catch (OperationCanceledException) when (!_stopping.IsCancellationRequested)
        {
            Interlocked.Increment(ref _failures);
            return $"no answer within {timeout.TotalSeconds:0.###} s";
        }
        finally
        {
            _slots.Release();
        }
    }

    private void Take(Entry entry, string text)
    {
        lock (_lock)
        {
            entry.FetchedAt = _clock.GetUtcNow();
            entry.Problem = null;
            if (entry.Keys is not null && JwksText.HoldsSame(entry.Keys, text))
            {
                return;
            }
            entry.Keys = text;
            var usable = JwksText.HoldsKey(text);
            _changed(entry.Source, usable ? text : "");
            if (usable)
            {
                JwksLog.Changed(_log, entry.Source);
            }
            else
            {
                JwksLog.Unusable(_log, entry.Source);
            }
        }
    }

    private void Fail(Entry entry, string reason, TimeSpan pause)
    {
        lock (_lock)
        {
            entry.Problem = reason;
            if (entry.Keys is not null && _clock.GetUtcNow() - entry.FetchedAt > _ageMax)
            {
                entry.Keys = null;
                _changed(entry.Source, null);
                JwksLog.Dropped(_log, entry.Source);
            }
            JwksLog.Failed(_log, entry.Source, reason, entry.Keys is not null, pause);
        }
    }

    /// <summary>One source; guarded by the lock.</summary>
    private sealed class Entry(JwksSource source)
    {
        public JwksSource Source { get; } = source;

        /// <summary>Ends with the first try.</summary>
        public TaskCompletionSource Tried { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Loop { get; set; } = Task.CompletedTask;

        public int Users { get; set; }

        /// <summary>The longest that a rule allows; zero before the first.</summary>
        public TimeSpan Timeout { get; set; }

        public string? Keys { get; set; }

        public DateTimeOffset FetchedAt { get; set; }

        public string? Problem { get; set; }
    }
}
