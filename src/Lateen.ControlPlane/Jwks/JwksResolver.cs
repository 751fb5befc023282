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
    /// <summary>Sources at a time; those beyond it are not fetched.</summary>
    internal const int SourcesMax = 10_000;

    /// <summary>Sources that the policies of a namespace use, so that one does not take the others' place.</summary>
    internal const int NamespaceSourcesMax = 500;

    private const int FetchesMax = 2 * NamespaceSourcesMax;
    private const int RetriesMax = 7;
    private static readonly TimeSpan _retryPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _failurePauseMin = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan _failurePauseMax = TimeSpan.FromMinutes(60);
    private static readonly TimeSpan _ageMax = TimeSpan.FromDays(7);
    private static readonly TimeSpan _timeoutDefault = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _timeoutMin = TimeSpan.FromSeconds(1);
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
    private readonly Dictionary<string, int> _usesByNamespace = [];
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
            var before = _uses.GetValueOrDefault(user, []);
            var room = NamespaceSourcesMax - _usesByNamespace.GetValueOrDefault(user.Namespace) + before.Length;
            var used = new List<Entry>();
            var refused = new List<JwksSource>();
            foreach (var rule in rules)
            {
                if (JwksSource.Of(rule) is not { } source
                    || (_options.Mode == JwksMode.Proxy && source.Address.Length > 0))
                {
                    continue;
                }
                var entry = used.Find(other => other.Source == source);
                if (entry is null && (entry = used.Count < room ? Obtain(source) : null) is not null)
                {
                    entry.Users++;
                    used.Add(entry);
                }
                if (entry is null)
                {
                    refused.Add(source);
                }
                else
                {
                    entry.Allow(rule.Timeout?.ToTimeSpan() ?? _timeoutDefault);
                }
            }
            if (refused.Count > 0)
            {
                JwksLog.TooMany(_log, refused.Count, refused[0], user);
            }
            foreach (var entry in before)
            {
                entry.Users--;
            }
            Keep(user, [.. used], before.Length);
            foreach (var entry in used.Except(before))
            {
                Start(entry);
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

    private void Keep(ObjectKey user, Entry[] used, int before)
    {
        if (used.Length > 0)
        {
            _uses[user] = used;
        }
        else
        {
            _uses.Remove(user);
        }
        var sum = _usesByNamespace.GetValueOrDefault(user.Namespace) + used.Length - before;
        if (sum > 0)
        {
            _usesByNamespace[user.Namespace] = sum;
        }
        else
        {
            _usesByNamespace.Remove(user.Namespace);
        }
    }

    private Entry? Obtain(JwksSource source)
    {
        if (!_entries.TryGetValue(source, out var entry) && _entries.Count < SourcesMax)
        {
            entry = new Entry(source);
            _entries.Add(source, entry);
        }
        return entry;
    }

    /// <summary>A source that is new to a policy is tried now, unless its keys are known or it is being
    /// tried.</summary>
    private void Start(Entry entry)
    {
        if (entry.Loop.IsCompleted)
        {
            entry.Loop = RunAsync(entry);
        }
        else if (entry.Keys is null && entry.Tried.Task.IsCompleted)
        {
            entry.Tried = NewSignal();
            entry.Wake.TrySetResult();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The life of a source: until nobody has used it for a turn.</summary>
    private async Task RunAsync(Entry entry)
    {
        await Task.Yield();
        try
        {
            await TurnAsync(entry).ConfigureAwait(false);
        }
        finally
        {
            entry.Tried.TrySetResult();
        }
    }

    private async Task TurnAsync(Entry entry)
    {
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
            tries = await PauseAsync(entry, pause).ConfigureAwait(false) ? 1 : 1 + RetriesMax;
        }
    }

    /// <summary>Ends with the pause, or earlier, and then true, when a policy wants the keys that there are
    /// not.</summary>
    private async Task<bool> PauseAsync(Entry entry, TimeSpan pause)
    {
        Task wake;
        lock (_lock)
        {
            if (entry.Wake.Task.IsCompleted)
            {
                entry.Wake = NewSignal();
            }
            wake = entry.Wake.Task;
            entry.Tried.TrySetResult();
        }
        using var awake = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        var woken = await Task.WhenAny(wake, Task.Delay(pause, _clock, awake.Token)).ConfigureAwait(false) == wake;
        await awake.CancelAsync().ConfigureAwait(false);
        _stopping.Token.ThrowIfCancellationRequested();
        return woken;
    }

    /// <summary>A source without users goes a turn later: a policy that has just left it may still be in
    /// force.</summary>
    private bool IsUsed(Entry entry)
    {
        lock (_lock)
        {
            if (entry.Users > 0 || !entry.WasIdle)
            {
                entry.WasIdle = entry.Users == 0;
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
#pragma warning disable CA1031 // A fetch is the unit; whatever ends it, its source is tried again.
        catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
        {
            Interlocked.Increment(ref _failures);
            return e.ToString();
        }
        finally
        {
            _slots.Release();
        }
    }

    private void Take(Entry entry, string text)
    {
        // Only this source's loop writes its keys.
        var same = entry.Keys is not null && JwksText.HoldsSame(entry.Keys, text);
        lock (_lock)
        {
            entry.FetchedAt = _clock.GetTimestamp();
            entry.Problem = text.Length > 0 ? null : "holds no key that proxies can read";
            if (same)
            {
                return;
            }
            entry.Keys = text;
            _changed(entry.Source, text);
        }
        if (text.Length > 0)
        {
            JwksLog.Changed(_log, entry.Source);
        }
        else
        {
            JwksLog.Unusable(_log, entry.Source);
        }
    }

    private void Fail(Entry entry, string reason, TimeSpan pause)
    {
        bool hasKeys;
        lock (_lock)
        {
            entry.Problem = reason;
            if (entry.Keys is not null && _clock.GetElapsedTime(entry.FetchedAt) > _ageMax)
            {
                entry.Keys = null;
                _changed(entry.Source, null);
                JwksLog.Dropped(_log, entry.Source);
            }
            hasKeys = entry.Keys is not null;
        }
        JwksLog.Failed(_log, entry.Source, reason, hasKeys, _options.Mode, pause);
    }

    /// <summary>One source; guarded by the lock.</summary>
    private sealed class Entry(JwksSource source)
    {
        public JwksSource Source { get; } = source;

        /// <summary>Ends with the first try, and with the next one after a policy joined without there being
        /// keys.</summary>
        public TaskCompletionSource Tried { get; set; } = NewSignal();

        /// <summary>Ends a pause.</summary>
        public TaskCompletionSource Wake { get; set; } = NewSignal();

        public Task Loop { get; set; } = Task.CompletedTask;

        public int Users { get; set; }

        /// <summary>The longest that a rule allows.</summary>
        public TimeSpan Timeout { get; private set; } = _timeoutMin;

        public void Allow(TimeSpan timeout)
        {
            timeout = timeout > _timeoutMax ? _timeoutMax : timeout;
            Timeout = timeout > Timeout ? timeout : Timeout;
        }

        /// <summary>Nobody used it when its last turn came.</summary>
        public bool WasIdle { get; set; }

        public string? Keys { get; set; }

        /// <summary>The clock's timestamp.</summary>
        public long FetchedAt { get; set; }

        public string? Problem { get; set; }
    }
}
