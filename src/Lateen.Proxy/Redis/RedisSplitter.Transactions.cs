namespace Lateen.Proxy.Redis;

/// <content>Transactions: the first key decides which host has them all.</content>
internal sealed partial class RedisSplitter
{
    private RedisTransaction Transaction => session.Transaction;

    private void Transact(RedisRequest request, RedisCommand command)
    {
        if (!command.AllowedInTransaction)
        {
            RedisLine.AddError(request.Reply, "'"u8, request[0], "' command is not supported within transaction"u8);
            request.Finish(null);
            return;
        }

        request.IsForwardedWhole = true;
        if (AnswerTransaction(request, command.Name))
        {
            return;
        }

        if (command.Name == "watch" && !Transaction.IsActive)
        {
            Transaction.Key.Clear();
            Transaction.Key.Write(request[1]);
        }

        var isFirst = Transaction.Key.Length == 0;
        if (isFirst)
        {
            Transaction.Key.Write(request[1]);
        }

        var route = RouteOfTransaction();
        if (isFirst && route is not null)
        {
            _line.Clear();
            _line.Write("*1\r\n$5\r\nMULTI\r\n"u8);
            SendTransaction(route, command, null);
        }

        RedisCall? call = null;
        if (route is not null)
        {
            _line.Clear();
            request.WriteLine(_line, -1, default);
            call = SendTransaction(route, command, request);
        }

        if (command.Name == "unwatch" && !Transaction.IsActive)
        {
            Transaction.Key.Clear();
        }

        if (call is null)
        {
            RefuseNoHost(request);
        }
        else
        {
            request.Expect(call);
        }
    }

    /// <summary>What begins, ends or guards a transaction may be answered here as long as no host has one.</summary>
    private bool AnswerTransaction(RedisRequest request, string name)
    {
        var isEmpty = Transaction.Key.Length == 0;
        switch (name)
        {
            case "multi" when Transaction.IsActive:
                RedisLine.AddError(request.Reply, "MULTI calls can not be nested"u8);
                request.Finish(null);
                return true;
            case "multi":
                Transaction.Begin();
                return isEmpty && Answer(request, "+OK\r\n"u8);
            case "exec" or "discard" when !Transaction.IsActive:
                RedisLine.AddError(request.Reply, default, name == "exec" ? "EXEC"u8 : "DISCARD"u8, " without MULTI"u8);
                request.Finish(null);
                return true;
            case "exec" or "discard" when isEmpty:
                Transaction.Close();
                return Answer(request, name == "exec" ? "*0\r\n"u8 : "+OK\r\n"u8);
            case "exec" or "discard":
                Transaction.ShouldClose = true;
                return false;
            case "unwatch" when isEmpty:
                return Answer(request, Transaction.IsActive ? "+QUEUED\r\n"u8 : "+OK\r\n"u8);
            case "watch" when request.Count < 2:
                RefuseArguments(request, request.Command!);
                return true;
            default:
                return false;
        }
    }

    private static bool Answer(RedisRequest request, ReadOnlySpan<byte> reply)
    {
        request.Reply.Write(reply);
        request.Finish(null);
        return true;
    }

    /// <summary>The route of the transaction's key, which becomes the key that the route makes of it.</summary>
    private RedisRoute? RouteOfTransaction()
    {
        if (session.Config.Routes.Find(Transaction.Key.Written) is not { } route)
        {
            return null;
        }

        WriteKey(route, Transaction.Key.Written);
        Transaction.Key.Clear();
        Transaction.Key.Write(_key.Written);
        return route;
    }

    private RedisCall? SendTransaction(RedisRoute route, RedisCommand command, RedisRequest? request)
    {
        var call = SendOne(route.For(command).GetPool(session.Worker), command, request);
        if (call is null)
        {
            return null;
        }

        foreach (var mirror in route.Mirrors)
        {
            if (mirror.Takes(command, session.Worker.Random.Next()))
            {
                SendOne(mirror.Upstream.GetPool(session.Worker), command, null);
            }
        }

        return call;
    }

    private RedisCall? SendOne(RedisPool pool, RedisCommand command, RedisRequest? request)
    {
        var known = command.Handler == RedisHandler.Transaction ? RedisUpstreamStats.UnknownIndex : command.Index;
        return Transaction.IsActive
            ? Transaction.GetClient(pool, _key.Written)?.Send(_line.Written, request, 0, known)
            : pool.Send(_key.Written, _line.Written, request, 0, known);
    }
}
