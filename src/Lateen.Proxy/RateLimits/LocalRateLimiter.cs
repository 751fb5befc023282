namespace Lateen.Proxy.RateLimits;

/// <summary>The default bucket and those of descriptors. Source: <c>local_ratelimit.v3.LocalRateLimit</c>.</summary>
internal sealed class LocalRateLimiter
{
    private readonly (RateLimitEntry[] Entries, TokenBucket Bucket)[] _descriptors;
    private readonly TokenBucket? _default;
    private readonly bool _alwaysConsumeDefault;

    public LocalRateLimiter(
        TokenBucket? standard, IEnumerable<(RateLimitEntry[] Entries, TokenBucket Bucket)> descriptors,
        bool alwaysConsumeDefault)
    {
        _default = standard;
        _alwaysConsumeDefault = alwaysConsumeDefault;
        // The scarcest first, as it decides what is told in headers.
        _descriptors = [.. descriptors.OrderBy(entry => entry.Bucket.TokensMax)];
    }

    /// <summary>Takes a token of every bucket that the request belongs to, as long as they have one.</summary>
    /// <param name="described">Descriptors of the request.</param>
    /// <param name="now">Monotonic nanoseconds.</param>
    /// <param name="decider">The bucket that decided; null: there is none.</param>
    public bool TryTake(List<RateLimitEntry[]> described, long now, out TokenBucket? decider)
    {
        decider = null;
        var matched = false;
        foreach (var (entries, bucket) in _descriptors)
        {
            if (!described.Exists(candidate => Matches(entries, candidate)))
            {
                continue;
            }
            matched = true;
            decider ??= bucket;
            if (!bucket.TryTake(now))
            {
                decider = bucket;
                return false;
            }
        }
        if (_default is null || (matched && !_alwaysConsumeDefault))
        {
            return true;
        }
        decider ??= _default;
        if (_default.TryTake(now))
        {
            return true;
        }
        decider = _default;
        return false;
    }

    /// <summary>An entry of the configuration without a value takes any.</summary>
    private static bool Matches(RateLimitEntry[] wanted, RateLimitEntry[] found)
    {
        if (wanted.Length != found.Length)
        {
            return false;
        }
        for (var i = 0; i < wanted.Length; i++)
        {
            if (wanted[i].Key != found[i].Key || (wanted[i].Value.Length > 0 && wanted[i].Value != found[i].Value))
            {
                return false;
            }
        }
        return true;
    }
}
