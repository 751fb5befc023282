using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Discovery;

/// <summary>One resource, or one whole type, that is waited for, with who needs it. Under the hub's lock.</summary>
internal sealed class DiscoveryWatch(WatchKey key, StatsStore store) : IDisposable
{
    private readonly Dictionary<string, SubscriptionStats> _stats = new(StringComparer.Ordinal);
    private HashSet<object> _users = [];
    private HashSet<object> _formerUsers = [];
    private ITimer? _timer;

    public WatchKey Key { get; } = key;

    /// <summary>Later ones have higher numbers.</summary>
    public long Number { get; init; }

    public DiscoverySource? Source { get; set; }

    /// <summary>It comes by the incremental protocol.</summary>
    public bool IsIncremental { get; set; }

    /// <summary>Somebody has asked for it since <see cref="BeginUpdate"/>.</summary>
    public bool IsWanted { get; private set; }

    public void BeginUpdate()
    {
        IsWanted = false;
        (_formerUsers, _users) = (_users, _formerUsers);
        _users.Clear();
    }

    /// <summary>Notes a user; true when it is a new one of what others use already.</summary>
    public bool AddUser(string statPrefix, object? user)
    {
        IsWanted = true;
        // A route table is discovered once for all who use it, and counts where it was first.
        if (statPrefix.Length > 0 && !_stats.ContainsKey(statPrefix)
            && (_stats.Count == 0 || Key.TypeUrl != Xds.TypeUrls.RouteConfiguration))
        {
            var stats = new SubscriptionStats(store, statPrefix);
            stats.OnStarted(Source?.Kind != DiscoveryKind.File);
            _stats.Add(statPrefix, stats);
        }

        return user is not null && _users.Add(user) && !_formerUsers.Contains(user) && _formerUsers.Count > 0;
    }

    public void StartTimer(TimeProvider clock, TimeSpan wait, Action onEnd) =>
        _timer = clock.CreateTimer(_ => onEnd(), null, wait, Timeout.InfiniteTimeSpan);

    public void OnUpdate(string version, DateTimeOffset now, bool accepted, long millis, bool isReload = false)
    {
        StopTimer();
        foreach (var stats in _stats.Values)
        {
            if (accepted)
            {
                stats.OnSuccess(version, now, isReload);
                stats.OnTaken(millis);
            }
            else
            {
                stats.OnRejected(IsIncremental);
            }
        }
    }

    public void OnEmpty(string version, DateTimeOffset now)
    {
        StopTimer();
        foreach (var stats in _stats.Values)
        {
            stats.OnEmpty(version, now);
        }
    }

    public void OnRejected()
    {
        StopTimer();
        foreach (var stats in _stats.Values)
        {
            stats.OnRejected();
        }
    }

    public void OnFailure()
    {
        foreach (var stats in _stats.Values)
        {
            stats.OnFailure();
        }
    }

    public void OnUnreadable()
    {
        StopTimer();
        OnFailure();
    }

    /// <summary>The time is over; false when an answer came before.</summary>
    public bool TryTimeOut()
    {
        if (_timer is null)
        {
            return false;
        }

        StopTimer();
        foreach (var stats in _stats.Values)
        {
            stats.OnFetchTimeout();
        }

        return true;
    }

    public void Dispose()
    {
        StopTimer();
        foreach (var stats in _stats.Values)
        {
            stats.Dispose();
        }
    }

    private void StopTimer()
    {
        _timer?.Dispose();
        _timer = null;
    }
}
