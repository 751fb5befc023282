using Lateen.Proxy.Clusters;

namespace Lateen.Proxy.Redis;

/// <content>Commands without keys: for one host or for all of them, of the route that takes any key.</content>
internal sealed partial class RedisSplitter
{
    private void SendByHost(RedisRequest request, RedisCommand command)
    {
        var upstream = session.Config.Routes.CatchAll?.For(command);
        if (command.Name == "cluster" && !IsClusterQuestion(request[1]))
        {
            RedisLine.AddError(request.Reply, "ERR cluster subcommand '"u8, request[1], "' is not supported"u8);
            request.FinishLocally(false);
            return;
        }

        if (command.Name == "scan" && request.Count < 2)
        {
            RedisLine.AddError(request.Reply, "ERR wrong number of arguments for 'scan' command"u8);
            request.FinishLocally(false);
            return;
        }

        if (upstream?.Slot.Current is not { } cluster || cluster.Hosts.Hosts is not { Length: > 0 } hosts)
        {
            RefuseNoHost(request);
            return;
        }

        _line.Clear();
        request.WriteLine(_line, -1, default);
        var pool = upstream.GetPool(session.Worker);
        switch (command.Handler)
        {
            case RedisHandler.AllHosts:
                SendToAll(request, command, pool, hosts);
                break;
            case RedisHandler.HostByIndex:
                SendByIndex(request, command, pool, hosts);
                break;
            default:
                SendToOne(request, command, pool, hosts[session.Worker.Random.Next(hosts.Length)]);
                break;
        }
    }

    private void SendToAll(RedisRequest request, RedisCommand command, RedisPool pool, Host[] hosts)
    {
        request.Replies.Begin(hosts.Length);
        for (var i = 0; i < hosts.Length; i++)
        {
            if (pool.SendTo(hosts[i], _line.Written, request, i, command.Index) is { } call)
            {
                request.Expect(call);
            }
            else
            {
                request.FailPart(i, "no upstream host"u8);
            }
        }
    }

    /// <summary><c>INFO.SHARD index [section]</c> is INFO of that host.</summary>
    private void SendByIndex(RedisRequest request, RedisCommand command, RedisPool pool, Host[] hosts)
    {
        if (!RespNumber.TryParse(request[1], out var index) || index < 0)
        {
            RedisLine.AddError(request.Reply, "ERR invalid shard_id - must be a numeric shard index"u8);
            request.FinishLocally(false);
            return;
        }

        if (index >= hosts.Length)
        {
            request.Reply.Write("-ERR shard_id "u8);
            request.Reply.Write(index);
            request.Reply.Write(" out of range (0-"u8);
            request.Reply.Write((long)hosts.Length - 1);
            request.Reply.Write(")\r\n"u8);
            request.FinishLocally(false);
            return;
        }

        _line.Clear();
        RedisLine.Begin(_line, request.Count - 1);
        RedisLine.Add(_line, "INFO"u8);
        for (var i = 2; i < request.Count; i++)
        {
            RedisLine.Add(_line, request[i]);
        }

        SendToOne(request, command, pool, hosts[index]);
    }

    private void SendToOne(RedisRequest request, RedisCommand command, RedisPool pool, Host host)
    {
        if (pool.SendTo(host, _line.Written, request, 0, command.Index) is { } call)
        {
            request.Expect(call);
        }
        else
        {
            RefuseNoHost(request);
        }
    }

    private static bool IsClusterQuestion(ReadOnlySpan<byte> name) => RedisCommands.Is(name, "info"u8)
        || RedisCommands.Is(name, "slots"u8) || RedisCommands.Is(name, "keyslot"u8)
        || RedisCommands.Is(name, "nodes"u8);
}
