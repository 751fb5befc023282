namespace Lateen.Proxy.Redis;

/// <summary>The part of a key that its hash is made of, as in Redis Cluster.</summary>
internal static class RedisHashTag
{
    /// <summary>What stands between the first brace and the next closing one; the whole key when that is
    /// nothing.</summary>
    internal static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> key)
    {
        var start = key.IndexOf((byte)'{');
        if (start < 0)
        {
            return key;
        }

        var length = key[(start + 1)..].IndexOf((byte)'}');
        return length <= 0 ? key : key.Slice(start + 1, length);
    }
}
