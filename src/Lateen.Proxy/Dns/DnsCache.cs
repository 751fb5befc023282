using System.Collections.Concurrent;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Config;
using Lateen.Proxy.Config.Decode;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Dns;

/// <summary>
/// Names of a dynamic forward proxy, shared by its filter and its cluster: looked up when first asked for, again and
/// again while they are used. Reading takes no lock.
/// </summary>
internal sealed class DnsCache : IDisposable
{
    private readonly ConcurrentDictionary<string, DnsCacheEntry> _entries = new(StringComparer.Ordinal);
    private readonly TimeProvider _clock;
    private readonly StatsScope _stats;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private WorkerRandom _random;
    private readonly int _remaining;
    private int _pending;

    public DnsCache(DnsCacheConfig config, StatsStore stats, TimeProvider clock, ulong seed)
    {
        Config = config;
        _clock = clock;
        _random = new WorkerRandom(seed);
        _stats = stats.GetScope($"dns_cache.{StatNames.Sanitize(config.Name)}.", StatLayout.Empty);
        foreach (var name in (string[])["dns_query_attempt", "dns_query_failure", "dns_query_success",
            "dns_query_timeout", "dns_rq_pending_overflow", "host_added", "host_address_changed", "host_overflow",
            "host_removed", "cache_load"])
        {
            _stats.GetOrAdd(name);
        }
        _stats.GetOrAdd("num_hosts", StatKind.Gauge);
        _stats.GetOrAdd("circuit_breakers.rq_pending_open", StatKind.Gauge);
        _remaining = _stats.GetOrAdd("circuit_breakers.rq_pending_remaining", StatKind.Gauge);
        TellRemaining(0);
        foreach (var (name, port) in config.Preresolved)
        {
            Resolve($"{name}:{port}", name, port, null);
        }
    }

    public DnsCacheConfig Config { get; }

    public IEnumerable<DnsCacheEntry> Entries => _entries.Values;

    /// <summary>The entry of a host and port in the form of <c>name:port</c>; null when there is none.</summary>
    public DnsCacheEntry? Find(string key)
    {
        if (!_entries.TryGetValue(key, out var entry))
        {
            return null;
        }
        entry.Touch(MonotonicClock.Nanos(_clock));
        return entry;
    }

    /// <summary>
    /// Looks a name up; <paramref name="done"/> is called from another thread once, unless the entry comes back as
    /// resolved already. Null when there are too many names.
    /// </summary>
    public DnsCacheEntry? Resolve(string key, string name, int port, Action? done)
    {
        DnsCacheEntry? entry;
        lock (_lock)
        {
            if (_entries.TryGetValue(key, out entry))
            {
                if (!entry.IsResolved && done is not null)
                {
                    entry.Waiting.Add(done);
                }
                return entry;
            }
            if (_entries.Count >= Config.HostsMax)
            {
                Count("host_overflow");
                return null;
            }
            entry = new DnsCacheEntry(name, port);
            entry.Touch(MonotonicClock.Nanos(_clock));
            if (IpAddress.TryParse(name.AsSpan(), out var ip))
            {
                entry.Set([new Address(ip, port)], "");
            }
            else if (done is not null)
            {
                entry.Waiting.Add(done);
            }
            _entries[key] = entry;
            Count("host_added");
            SetCount();
        }
        _ = RunAsync(key, entry, _stop.Token);
        return entry;
    }

    /// <summary>Takes a place among the requests that wait; false when there are too many.</summary>
    public bool TryWait()
    {
        var pending = Interlocked.Increment(ref _pending);
        if (pending <= Config.PendingMax)
        {
            TellRemaining(pending);
            return true;
        }
        Interlocked.Decrement(ref _pending);
        Count("dns_rq_pending_overflow");
        return false;
    }

    public void EndWait() => TellRemaining(Interlocked.Decrement(ref _pending));

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
        _stats.Release();
    }

    private void TellRemaining(int pending) => _stats.Set(_remaining, Math.Max(0, Config.PendingMax - pending));

    private async Task RunAsync(string key, DnsCacheEntry entry, CancellationToken stop)
    {
        var failures = 0;
        try
        {
            while (!stop.IsCancellationRequested)
            {
                if (entry.Addresses.Length > 0 && entry.Name == entry.Address.Ip.ToString())
                {
                    await Task.Delay(Durations.TimerSpan(Config.HostTtlNanos), _clock, stop);
                }
                else
                {
                    var answer = await QueryAsync(entry, stop);
                    failures = answer.IsFailure || answer.Addresses.Length == 0 ? failures + 1 : 0;
                    await Task.Delay(Durations.TimerSpan(NextNanos(answer, failures)), _clock, stop);
                }
                if (MonotonicClock.Nanos(_clock) - entry.LastUsedNanos >= Config.HostTtlNanos
                    && _entries.TryRemove(key, out _))
                {
                    Count("host_removed");
                    SetCount();
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The cache is gone.
        }
        catch (ObjectDisposedException)
        {
            // So is its token.
        }
    }

    private async Task<DnsAnswer> QueryAsync(DnsCacheEntry entry, CancellationToken stop)
    {
        Count("dns_query_attempt");
        var answer = await DnsClient.ResolveAsync(entry.Name, Config.Dns, _clock, stop);
        Count(answer.IsFailure ? "dns_query_failure" : "dns_query_success");
        Action[] waiting;
        lock (_lock)
        {
            var addresses =
                answer.Addresses.Select(ip => new Address(IpAddress.From(ip), entry.Port)).ToArray();
            if (!answer.IsFailure || !entry.IsResolved)
            {
                if (addresses.Length > 0 && !entry.Addresses.AsSpan().SequenceEqual(addresses))
                {
                    Count("host_address_changed");
                    entry.Set(addresses, answer.Details);
                }
                else if (addresses.Length == 0 && entry.Addresses.Length == 0)
                {
                    entry.Set([], answer.Details);
                }
            }
            waiting = [.. entry.Waiting];
            entry.Waiting.Clear();
        }
        foreach (var done in waiting)
        {
            done();
        }
        return answer;
    }

    private long NextNanos(DnsAnswer answer, int failures)
    {
        lock (_lock)
        {
            var dns = Config.Dns;
            if (failures > 0)
            {
                var limit = Math.Min(dns.FailureMaxNanos, dns.FailureBaseNanos << Math.Min(failures - 1, 20));
                return limit <= 0 ? 0 : (long)(_random.Next() % (ulong)limit);
            }
            return answer.TtlSeconds > 0
                ? Math.Max(answer.TtlSeconds * 1_000_000_000L, Config.MinRefreshNanos)
                : dns.RefreshNanos;
        }
    }

    private void Count(string name) => _stats.AddFromMain(_stats.GetOrAdd(name));

    private void SetCount() => _stats.Set(_stats.GetOrAdd("num_hosts", StatKind.Gauge), _entries.Count);
}
