namespace Lateen.Proxy.Redis;

/// <summary>A command on its way to a host and back.</summary>
internal sealed class RedisCall
{
    /// <summary>Null: nobody wants the reply, because it is a copy or the proxy's own.</summary>
    internal IRedisCallOwner? Owner { get; set; }

    /// <summary>Which of the owner's parts it is.</summary>
    internal int Index { get; set; }

    /// <summary>The owner has gone.</summary>
    internal bool IsCancelled { get; set; }

    /// <summary>Number of the command in statistics.</summary>
    internal int Command { get; set; }

    internal long StartNanos { get; set; }

    /// <summary>The command itself, where a redirection may have to send it again.</summary>
    internal ByteBuffer? Line { get; set; }

    /// <summary>It was sent again already, or may not be.</summary>
    internal bool IsFinal { get; set; }
}
