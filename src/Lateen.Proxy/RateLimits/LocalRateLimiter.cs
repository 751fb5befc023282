namespace Lateen.Proxy.RateLimits;

/// <summary>The default bucket and those of descriptors. Source: <c>local_ratelimit.v3.LocalRateLimit</c>.</summary>
internal sealed class LocalRateLimiter
{
    private readonly LocalRateLimitDescriptor[] _descriptors;
    private readonly TokenBucket? _default;
    private readonly bool _alwaysConsumeDefault;

    public LocalRateLimiter(
        TokenBucket? standard, IEnumerable<LocalRateLimitDescriptor> descriptors, bool alwaysConsumeDefault)
    {
        _default = standard;
        _alwaysConsumeDefault = alwaysConsumeDefault;
        // The scarcest first, as it decides what is told in headers.
        _descriptors = [.. descriptors.OrderBy(entry => entry.TokensMax)];
    }

    /// <summary>Takes a token of every bucket that the request belongs to, as long as they have one.</summary>
    /// <param name="described">Descriptors of the request.</param>
    /// <param name="now">Monotonic nanoseconds.</param>
    /// <param name="decider">The bucket that decided; null: there is none.</param>
    /// <param name="isShadow">The bucket that decided is only tried out.</param>
    public bool TryTake(List<RateLimitEntry[]> described, long now, out TokenBucket? decider, out bool isShadow)
    {
        (decider, isShadow) = (null, false);
        var matched = false;
        foreach (var descriptor in _descriptors)
        {
            if (descriptor.BucketFor(described) is not { } bucket)
            {
                continue;
            }
            matched = true;
            decider ??= bucket;
            if (!bucket.TryTake(now))
            {
                (decider, isShadow) = (bucket, descriptor.IsShadow);
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
}
