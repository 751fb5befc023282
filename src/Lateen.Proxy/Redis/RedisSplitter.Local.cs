namespace Lateen.Proxy.Redis;

/// <content>What is answered here.</content>
internal sealed partial class RedisSplitter
{
    /// <summary>Commands that need no host; some of them not even that the client has said who it is.</summary>
    private bool TryAnswerFirst(RedisRequest request)
    {
        var name = request[0];
        if (RedisCommands.Is(name, "auth"u8))
        {
            Authenticate(request);
            return true;
        }

        if (RedisCommands.Is(name, "quit"u8))
        {
            session.HasQuit = true;
            request.Reply.Write("+OK\r\n"u8);
            request.Finish(null);
            return true;
        }

        if (!(RedisCommands.Is(name, "ping"u8) || RedisCommands.Is(name, "echo"u8)
            || RedisCommands.Is(name, "time"u8) || RedisCommands.Is(name, "client"u8)))
        {
            return false;
        }

        if (!session.IsAllowed)
        {
            RefuseUnauthenticated(request);
        }
        else if (RedisCommands.Is(name, "ping"u8))
        {
            request.Reply.Write("+PONG\r\n"u8);
            request.Finish(null);
        }
        else if (RedisCommands.Is(name, "time"u8))
        {
            AnswerTime(request);
        }
        else if (RedisCommands.Is(name, "echo"u8) ? request.Count != 2 : request.Count < 2)
        {
            RefuseInvalid(request);
        }
        else if (RedisCommands.Is(name, "echo"u8))
        {
            RedisLine.Add(request.Reply, request[1]);
            request.Finish(null);
        }
        else
        {
            AnswerClient(request);
        }

        return true;
    }

    private void Authenticate(RedisRequest request)
    {
        var config = session.Config;
        switch (request.Count)
        {
            case 1:
                RefuseInvalid(request);
                return;
            case 3:
                AuthenticateUser(request, request[1], request[2]);
                break;
            default:
                if (config.Passwords.Length == 0)
                {
                    RedisLine.AddError(request.Reply, "ERR Client sent AUTH, but no password is set"u8);
                    break;
                }

                session.IsAllowed = config.IsPassword(request[1]);
                Write(request, session.IsAllowed ? "+OK\r\n"u8 : "-ERR invalid password\r\n"u8);
                break;
        }

        request.Finish(null);
    }

    /// <summary>Takes a name and a password; the refusal is written, but not that all is well.</summary>
    private bool TryAuthenticateUser(RedisRequest request, ReadOnlySpan<byte> user, ReadOnlySpan<byte> password)
    {
        var config = session.Config;
        if (!config.RequiresAuth)
        {
            RedisLine.AddError(
                request.Reply, "ERR Client sent AUTH, but no username-password pair is set"u8);
            return false;
        }

        var isUser = user.SequenceEqual(config.Username)
            || (config.Username.Length == 0 && user.SequenceEqual("default"u8));
        session.IsAllowed = isUser && config.IsPassword(password);
        if (!session.IsAllowed)
        {
            RedisLine.AddError(request.Reply, "WRONGPASS invalid username-password pair"u8);
        }

        return session.IsAllowed;
    }

    private void AuthenticateUser(RedisRequest request, ReadOnlySpan<byte> user, ReadOnlySpan<byte> password)
    {
        if (TryAuthenticateUser(request, user, password))
        {
            request.Reply.Write("+OK\r\n"u8);
        }
    }

    /// <summary>Says which version of the protocol is spoken: the second, whatever the client would like.</summary>
    private void AnswerHello(RedisRequest request)
    {
        Stats.Add(WorkerIndex, request.Command!, RedisCommandStat.Total);
        request.Begin(null);
        if (request.Count > 1 && !request[1].SequenceEqual("2"u8))
        {
            if (!session.IsAllowed)
            {
                RefuseHello(request, "NOAUTH Authentication required."u8);
                return;
            }

            RefuseHello(request, "NOPROTO unsupported protocol version"u8);
            return;
        }

        for (var i = 2; i < request.Count; i++)
        {
            if (!RedisCommands.Is(request[i], "auth"u8))
            {
                // SETNAME and its like are taken and mean nothing here.
                i++;
                continue;
            }

            if (i + 2 >= request.Count)
            {
                RefuseHello(request, "ERR Syntax error: HELLO AUTH requires <username> <password>"u8);
                return;
            }

            if (!TryAuthenticateUser(request, request[i + 1], request[i + 2]))
            {
                request.FinishLocally(false);
                return;
            }

            i += 2;
        }

        if (!session.IsAllowed)
        {
            RefuseHello(request, "NOAUTH Authentication required."u8);
            return;
        }

        request.Reply.Write("*14\r\n$6\r\nserver\r\n$17\r\nenvoy-redis-proxy\r\n$7\r\nversion\r\n$5\r\n6.0.0\r\n"u8);
        request.Reply.Write("$5\r\nproto\r\n:2\r\n$2\r\nid\r\n:0\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n"u8);
        request.Reply.Write("$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n"u8);
        request.FinishLocally(true);
    }

    private static void RefuseHello(RedisRequest request, ReadOnlySpan<byte> reason)
    {
        RedisLine.AddError(request.Reply, reason);
        request.FinishLocally(false);
    }

    /// <summary>Seconds, and microseconds, both since 1970: Envoy gives the latter whole.</summary>
    private void AnswerTime(RedisRequest request)
    {
        var micros = (session.Worker.Clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        Span<byte> text = stackalloc byte[20];
        RedisLine.Begin(request.Reply, 2);
        (micros / 1_000_000).TryFormat(text, out var length);
        RedisLine.Add(request.Reply, text[..length]);
        micros.TryFormat(text, out length);
        RedisLine.Add(request.Reply, text[..length]);
        request.Finish(null);
    }

    /// <summary>Names that clients give themselves stay here.</summary>
    private static void AnswerClient(RedisRequest request)
    {
        if (RedisCommands.Is(request[1], "setname"u8) || RedisCommands.Is(request[1], "setinfo"u8))
        {
            request.Reply.Write("+OK\r\n"u8);
        }
        else
        {
            RedisLine.AddError(
                request.Reply, "ERR CLIENT subcommand '"u8, request[1], "' is not supported by the proxy"u8);
        }

        request.Finish(null);
    }

    private void RefuseInvalid(RedisRequest request)
    {
        Stats.Add(WorkerIndex, RedisStat.SplitterInvalidRequest);
        RedisLine.AddError(request.Reply, "invalid request"u8);
        request.Finish(null);
    }

    private static void RefuseUnauthenticated(RedisRequest request)
    {
        RedisLine.AddError(request.Reply, "NOAUTH Authentication required."u8);
        request.Finish(null);
    }

    private static void RefuseUnknown(RedisRequest request)
    {
        RedisLine.AddError(request.Reply, "ERR unknown command '"u8, request[0], "', with args beginning with: "u8);
        if (request.Count > 1)
        {
            request.Reply.Truncate(request.Reply.Length - 2);
            foreach (var c in request[1])
            {
                request.Reply.Write(c is (byte)'\r' or (byte)'\n' ? (byte)' ' : c);
            }

            request.Reply.Write("\r\n"u8);
        }

        request.Finish(null);
    }

    private static void RefuseArguments(RedisRequest request, RedisCommand command)
    {
        RedisLine.AddError(request.Reply, "wrong number of arguments for '"u8, request[0], "' command"u8);
        _ = command;
        request.FinishLocally(false);
    }

    private static void RefuseNoHost(RedisRequest request)
    {
        RedisLine.AddError(request.Reply, "no upstream host"u8);
        request.FinishLocally(false);
    }

    private static void Write(RedisRequest request, ReadOnlySpan<byte> reply) => request.Reply.Write(reply);
}
