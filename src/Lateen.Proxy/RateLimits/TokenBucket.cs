namespace Lateen.Proxy.RateLimits;

/// <summary>
/// A bucket that fills evenly, shared by all workers without a lock: it keeps the moment at which it would have been
/// empty. Times are monotonic nanoseconds.
/// </summary>
internal sealed class TokenBucket(uint tokensMax, uint tokensPerFill, long fillIntervalNanos)
{
    private readonly long _nanosPerToken = Math.Max(1, fillIntervalNanos / Math.Max(1, tokensPerFill));
    private long _emptyAt = long.MinValue;

    public uint TokensMax => tokensMax;

    /// <summary>Nanoseconds in which a token comes: the longer, the scarcer.</summary>
    public long NanosPerToken => _nanosPerToken;

    /// <summary>A full bucket of the same kind.</summary>
    public TokenBucket Fresh() => new(tokensMax, tokensPerFill, fillIntervalNanos);

    /// <summary>Whole tokens that are left.</summary>
    public long Remaining(long now) => Math.Min(tokensMax, Math.Max(0, (now - Floor(now)) / _nanosPerToken));

    /// <summary>Seconds until the next token comes; zero while there is one.</summary>
    public long SecondsToNext(long now)
    {
        var has = now - Floor(now);
        return has >= _nanosPerToken ? 0 : (_nanosPerToken - has + 999_999_999) / 1_000_000_000;
    }

    /// <summary>Takes tokens, all or none; false when there are too few. Taking none fails too, as in Envoy.</summary>
    public bool TryTake(long now, ulong count = 1)
    {
        if (count == 0 || count > tokensMax)
        {
            return false;
        }
        var nanos = (long)count * _nanosPerToken;
        while (true)
        {
            var seen = Volatile.Read(ref _emptyAt);
            var next = Math.Max(seen, now - tokensMax * _nanosPerToken) + nanos;
            if (next > now)
            {
                return false;
            }
            if (Interlocked.CompareExchange(ref _emptyAt, next, seen) == seen)
            {
                return true;
            }
        }
    }

    private long Floor(long now) => Math.Max(Volatile.Read(ref _emptyAt), now - tokensMax * _nanosPerToken);
}
