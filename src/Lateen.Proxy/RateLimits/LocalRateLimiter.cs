namespace Lateen.Proxy.RateLimits;

/// <summary>The default bucket and those of descriptors. Source: <c>local_ratelimit.v3.LocalRateLimit</c>.</summary>
/// <param name="standard">The bucket of all requests; null: there is none.</param>
/// <param name="descriptors">Descriptors that have buckets of their own.</param>
/// <param name="alwaysConsumeDefault">Requests with a bucket of their own take from the default one too.</param>
internal sealed class LocalRateLimiter(
    TokenBucket? standard, IEnumerable<LocalRateLimitDescriptor> descriptors, bool alwaysConsumeDefault)
{
    /// <summary>Those with fixed values first.</summary>
    private readonly LocalRateLimitDescriptor[] _descriptors = [.. descriptors.OrderBy(entry => entry.IsDynamic)];

    /// <summary>Takes tokens of every bucket that the request belongs to, as long as they have enough.</summary>
    /// <param name="described">Descriptors of the request.</param>
    /// <param name="share">How many proxies share the buckets.</param>
    /// <param name="now">Monotonic nanoseconds.</param>
    /// <param name="decider">The bucket that decided; null: there is none.</param>
    /// <param name="isShadow">The bucket that decided is only tried out.</param>
    public bool TryTake(
        List<RateLimitDescription> described, ulong share, long now, out TokenBucket? decider, out bool isShadow)
    {
        var matched = Match(described);
        (decider, isShadow) = (matched.Count > 0 ? matched[0].Bucket : standard, false);
        TokenBucket? emptyShadow = null;
        foreach (var (bucket, hits, isTriedOut) in matched)
        {
            if (bucket.TryTake(now, hits * share))
            {
                continue;
            }
            if (!isTriedOut)
            {
                decider = bucket;
                return false;
            }
            emptyShadow ??= bucket;
        }
        if (standard is not null && (matched.Count == 0 || alwaysConsumeDefault) && !standard.TryTake(now, share))
        {
            decider = standard;
            return false;
        }
        if (emptyShadow is not null)
        {
            (decider, isShadow) = (emptyShadow, true);
        }
        return emptyShadow is null;
    }

    /// <summary>The buckets of the descriptors, the one that fills most slowly first.</summary>
    private List<(TokenBucket Bucket, ulong Hits, bool IsShadow)> Match(List<RateLimitDescription> described)
    {
        var matched = new List<(TokenBucket Bucket, ulong Hits, bool IsShadow)>(described.Count);
        foreach (var (entries, hits) in described)
        {
            foreach (var descriptor in _descriptors)
            {
                if (descriptor.BucketFor(entries) is { } bucket)
                {
                    matched.Add((bucket, hits ?? 1, descriptor.IsShadow));
                    break;
                }
            }
        }
        matched.Sort(static (a, b) => b.Bucket.NanosPerToken.CompareTo(a.Bucket.NanosPerToken));
        return matched;
    }
}
