namespace Lateen.Proxy.RateLimits;

/// <summary>
/// A descriptor with its bucket. Entries without a value take any, and each combination of values has a bucket of its
/// own then, of which the least recently used goes when there are too many. Thread: any.
/// </summary>
/// <param name="entries">What a request's descriptor must have.</param>
/// <param name="bucket">The bucket, or the model of the dynamic ones.</param>
/// <param name="isShadow">Requests pass even without a token.</param>
/// <param name="dynamicMax">How many dynamic buckets are kept.</param>
internal sealed class LocalRateLimitDescriptor(
    RateLimitEntry[] entries, TokenBucket bucket, bool isShadow, int dynamicMax)
{
    private readonly LinkedList<(string Key, TokenBucket Bucket)> _buckets = new();

    public bool IsShadow => isShadow;

    /// <summary>An entry without a value takes any.</summary>
    public bool IsDynamic { get; } = Array.Exists(entries, entry => entry.Value.Length == 0);

    /// <summary>The bucket of a request's descriptor; null when that does not fit.</summary>
    public TokenBucket? BucketFor(RateLimitEntry[] found) =>
        !Matches(found) ? null : IsDynamic ? Dynamic(found) : bucket;

    private TokenBucket Dynamic(RateLimitEntry[] found)
    {
        var key = string.Join('\n', found.Select(entry => entry.Value));
        lock (_buckets)
        {
            for (var node = _buckets.First; node is not null; node = node.Next)
            {
                if (node.Value.Key == key)
                {
                    _buckets.Remove(node);
                    _buckets.AddFirst(node);
                    return node.Value.Bucket;
                }
            }
            if (_buckets.Count >= dynamicMax)
            {
                _buckets.RemoveLast();
            }
            return _buckets.AddFirst((key, bucket.Fresh())).Value.Bucket;
        }
    }

    /// <summary>An entry of the configuration without a value takes any.</summary>
    private bool Matches(RateLimitEntry[] found)
    {
        if (entries.Length != found.Length)
        {
            return false;
        }
        for (var i = 0; i < entries.Length; i++)
        {
            if (entries[i].Key != found[i].Key
                || (entries[i].Value.Length > 0 && entries[i].Value != found[i].Value))
            {
                return false;
            }
        }
        return true;
    }
}
