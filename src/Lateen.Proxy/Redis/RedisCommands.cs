using System.Collections.Frozen;

namespace Lateen.Proxy.Redis;

/// <summary>The commands that are passed on. Source: Envoy's <c>redis_proxy</c>, whose statistics name them.</summary>
internal static class RedisCommands
{
    private const int NameLengthMax = 32;

    private const string Simple = "append bf.add bf.card bf.exists bf.info bf.insert bf.loadchunk bf.madd bf.mexists"
        + " bf.reserve bf.scandump bitcount bitfield bitfield_ro bitop bitpos copy decr decrby dump expire expireat"
        + " geoadd geodist geohash geopos georadius georadius_ro georadiusbymember georadiusbymember_ro geosearch"
        + " geosearchstore get getbit getdel getex getrange getset hdel hexists hexpire hexpireat hexpiretime hget"
        + " hgetall hincrby hincrbyfloat hkeys hlen hmget hmset hpersist hpexpire hpexpireat hpexpiretime hpttl"
        + " hrandfield hscan hset hsetnx hstrlen httl hvals incr incrby incrbyfloat lindex linsert llen lmove lpop lpos"
        + " lpush lpushx lrange lrem lset ltrim msetnx persist pexpire pexpireat pfadd pfcount pfmerge psetex pttl"
        + " publish rename renamenx restore rpop rpoplpush rpush rpushx sadd scard sdiff sdiffstore set setbit setex"
        + " setnx setrange sinter sinterstore sismember smembers smismember smove sort sort_ro spop srandmember srem"
        + " sscan strlen substr sunion sunionstore ttl type xack xadd xautoclaim xclaim xdel xlen xpending xrange"
        + " xrevrange xtrim zadd zcard zcount zdiff zdiffstore zincrby zinter zinterstore zlexcount zmscore zpopmax"
        + " zpopmin zrandmember zrange zrangebylex zrangebyscore zrangestore zrank zrem zremrangebylex zremrangebyrank"
        + " zremrangebyscore zrevrange zrevrangebylex zrevrangebyscore zrevrank zscan zscore zunion zunionstore";

    private const string Writes =
        "append bitfield bitop copy decr decrby del discard exec expire expireat eval evalsha geoadd"
        + " geosearchstore getdel getex getset hdel hexpire hexpireat hincrby hincrbyfloat hmset hpersist"
        + " hpexpire hpexpireat hset hsetnx incr incrby incrbyfloat linsert lmove lpop lpush lpushx lrem"
        + " lset ltrim mset msetnx multi persist pexpire pexpireat pfadd pfmerge psetex rename renamenx"
        + " restore rpop rpoplpush rpush rpushx sadd sdiffstore set setbit setex setnx setrange sinterstore"
        + " smove sort spop srem sunionstore zadd zincrby touch zdiffstore zinterstore zpopmin zpopmax"
        + " zrangestore zrem zremrangebylex zremrangebyrank zremrangebyscore zunionstore unlink bf.add"
        + " bf.insert bf.loadchunk bf.madd bf.reserve xack xadd xautoclaim xclaim xdel xtrim flushall"
        + " flushdb";

    private const string WithoutArgument = " multi exec discard watch unwatch scan randomkey role flushall flushdb"
        + " hello ";

    private static readonly RedisCommand[] Known = Build();

    private static readonly FrozenDictionary<string, RedisCommand> ByName =
        Known.ToFrozenDictionary(command => command.Name);

    private static readonly FrozenDictionary<string, RedisCommand>.AlternateLookup<ReadOnlySpan<char>> Lookup =
        ByName.GetAlternateLookup<ReadOnlySpan<char>>();

    internal static RedisCommand Get { get; } = ByName["get"];

    internal static RedisCommand Set { get; } = ByName["set"];

    internal static RedisCommand Multi { get; } = ByName["multi"];

    /// <summary>All of them, by their numbers.</summary>
    internal static IReadOnlyList<RedisCommand> All => Known;

    /// <summary>The command of a name, whatever its case; null when it is not known.</summary>
    internal static RedisCommand? Find(ReadOnlySpan<byte> name)
    {
        if (name.Length > NameLengthMax)
        {
            return null;
        }

        Span<char> lower = stackalloc char[NameLengthMax];
        for (var i = 0; i < name.Length; i++)
        {
            lower[i] = char.ToLowerInvariant((char)name[i]);
        }

        return Lookup.TryGetValue(lower[..name.Length], out var command) ? command : null;
    }

    /// <summary>Whether a name is this one, whatever its case; <paramref name="lower"/> is in lower case.</summary>
    internal static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> lower) =>
        System.Text.Ascii.EqualsIgnoreCase(name, lower);

    private static RedisCommand[] Build()
    {
        (RedisHandler Handler, string Names)[] groups =
        [
            (RedisHandler.Simple, Simple),
            (RedisHandler.Eval, "eval evalsha"),
            (RedisHandler.Object, "object"),
            (RedisHandler.GetEach, "mget"),
            (RedisHandler.SetEach, "mset"),
            (RedisHandler.SumEach, "del exists touch unlink"),
            (RedisHandler.AllHosts, "script flushall flushdb slowlog config keys select role scan"),
            (RedisHandler.AnyHost, "cluster randomkey"),
            (RedisHandler.HostByIndex, "info.shard"),
            (RedisHandler.Transaction, "multi exec discard watch unwatch"),
            (RedisHandler.Hello, "hello"),
        ];
        var writes = Writes.Split(' ').ToHashSet();
        var commands = new List<RedisCommand>();
        foreach (var (handler, names) in groups)
        {
            foreach (var name in names.Split(' '))
            {
                var allowed = handler is RedisHandler.Simple or RedisHandler.Transaction or RedisHandler.GetEach
                    or RedisHandler.SetEach || (handler == RedisHandler.SumEach && name != "exists");
                commands.Add(new RedisCommand(name, handler, commands.Count, writes.Contains(name),
                    !WithoutArgument.Contains($" {name} ", StringComparison.Ordinal), allowed));
            }
        }

        return [.. commands];
    }
}
