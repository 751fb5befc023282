namespace Lateen.Proxy.Redis;

/// <summary>What a client does between MULTI and EXEC: it has connections of its own then, one for the hosts of its
/// key and one for each mirror.</summary>
internal sealed class RedisTransaction
{
    private readonly List<RedisClient> _clients = [];
    private readonly List<RedisUpstream> _upstreams = [];

    /// <summary>MULTI was said.</summary>
    internal bool IsActive { get; private set; }

    /// <summary>The last command was sent; it is over once all are answered.</summary>
    internal bool ShouldClose { get; set; }

    /// <summary>The key whose host has the transaction; empty: none yet.</summary>
    internal ByteBuffer Key { get; } = new();

    internal void Begin() => IsActive = true;

    internal void Close()
    {
        IsActive = false;
        ShouldClose = false;
        Key.Clear();
        foreach (var client in _clients)
        {
            if (!client.IsClosed)
            {
                client.Close();
            }
        }

        _clients.Clear();
        _upstreams.Clear();
    }

    /// <summary>The transaction's connection to a cluster; null: there is no host.</summary>
    internal RedisClient? GetClient(RedisPool pool, ReadOnlySpan<byte> key)
    {
        var index = _upstreams.IndexOf(pool.Upstream);
        if (index >= 0)
        {
            return _clients[index].IsClosed ? null : _clients[index];
        }

        if (pool.PickHost(key) is not { } host)
        {
            return null;
        }

        var client = new RedisClient(pool, host, true);
        if (!client.TryConnect())
        {
            return null;
        }

        _clients.Add(client);
        _upstreams.Add(pool.Upstream);
        return client;
    }
}
