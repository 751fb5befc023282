using Lateen.Proxy.Formatting;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Redis;

/// <summary>Where keys with a prefix go. Source: <c>RedisProxy.PrefixRoutes.Route</c>.</summary>
internal sealed class RedisRoute
{
    /// <summary>What stands for the key in the formatter while its operators are written.</summary>
    internal const string KeyPlace = "~REPLACED_KEY~";

    public required byte[] Prefix { get; init; }

    public bool RemovePrefix { get; init; }

    /// <summary>Makes another key of the key; null: it stays.</summary>
    public FormatString? KeyFormat { get; init; }

    public required RedisUpstream Upstream { get; init; }

    /// <summary>Takes the commands that only read; null: <see cref="Upstream"/> does.</summary>
    public RedisUpstream? ReadUpstream { get; init; }

    public RedisMirror[] Mirrors { get; init; } = [];

    internal RedisUpstream For(RedisCommand command) => command.IsWrite ? Upstream : ReadUpstream ?? Upstream;

    /// <summary>Writes the key that hosts see.</summary>
    internal void WriteKey(ReadOnlySpan<byte> key, ByteBuffer target, ByteBuffer scratch, StreamInfo stream)
    {
        if (RemovePrefix)
        {
            key = key[Math.Min(Prefix.Length, key.Length)..];
        }

        if (KeyFormat is null)
        {
            target.Write(key);
            return;
        }

        scratch.Clear();
        KeyFormat.Write(scratch, stream, default, default);
        var text = scratch.Written;
        if (text.IsEmpty)
        {
            target.Write(key);
            return;
        }

        for (var at = text.IndexOf("~REPLACED_KEY~"u8); at >= 0; at = text.IndexOf("~REPLACED_KEY~"u8))
        {
            target.Write(text[..at]);
            target.Write(key);
            text = text[(at + KeyPlace.Length)..];
        }

        target.Write(text);
    }
}
