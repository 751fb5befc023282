namespace Lateen.Proxy.Redis;

/// <summary>Carries out the commands of one client: answers some itself and sends the others, whole or in parts, to the
/// hosts of their keys.</summary>
internal sealed partial class RedisSplitter(RedisSession session)
{
    private readonly ByteBuffer _key = new();
    private readonly ByteBuffer _line = new();
    private readonly ByteBuffer _scratch = new();

    private int WorkerIndex => session.Worker.Index;

    private RedisStats Stats => session.Config.Stats;

    /// <summary>Begins a command; its reply may be there at once.</summary>
    /// <param name="request">The command.</param>
    /// <param name="isCommand">It is a list of strings, as commands have to be.</param>
    internal void Split(RedisRequest request, bool isCommand)
    {
        if (!isCommand)
        {
            RefuseInvalid(request);
            return;
        }

        if (TryAnswerFirst(request))
        {
            return;
        }

        if (RedisCommands.Find(request[0]) is not { } command)
        {
            Stats.Add(WorkerIndex, RedisStat.SplitterUnsupportedCommand);
            RefuseUnknown(request);
            return;
        }

        request.Command = request.Counted = command;
        request.IsForwardedWhole = false;
        if (command.Handler == RedisHandler.Hello && !session.Transaction.IsActive)
        {
            AnswerHello(request);
            return;
        }

        if (!session.IsAllowed)
        {
            RefuseUnauthenticated(request);
            return;
        }

        if (request.Count < 2 && command.NeedsArgument)
        {
            RefuseInvalid(request);
            return;
        }

        if (session.Transaction.IsActive)
        {
            request.Counted = RedisCommands.Multi;
        }

        Stats.Add(WorkerIndex, request.Counted, RedisCommandStat.Total);
        var fault = session.Config.Faults.Pick(command, session.Worker.Random.Next());
        request.Begin(fault);
        if (fault is { IsError: true })
        {
            RedisLine.AddError(request.Reply, "Fault Injected: Error"u8);
            Stats.Add(WorkerIndex, request.Counted, RedisCommandStat.ErrorFault);
            request.Finish(false);
            return;
        }

        Dispatch(request, command);
    }

    private void Dispatch(RedisRequest request, RedisCommand command)
    {
        if (session.Transaction.IsActive || command.Handler == RedisHandler.Transaction)
        {
            Transact(request, command);
            return;
        }

        switch (command.Handler)
        {
            case RedisHandler.Eval when request.Count < 4:
            case RedisHandler.Object when request.Count < 3:
            case RedisHandler.SetEach when request.Count % 2 == 0:
                RefuseArguments(request, command);
                break;
            case RedisHandler.Simple:
                SendWhole(request, command, 1);
                break;
            case RedisHandler.Eval:
                SendWhole(request, command, 3);
                break;
            case RedisHandler.Object:
                SendWhole(request, command, 2);
                break;
            case RedisHandler.GetEach:
                SendEach(request, RedisCommands.Get, "get"u8, 1);
                break;
            case RedisHandler.SetEach:
                SendEach(request, RedisCommands.Set, "set"u8, 2);
                break;
            case RedisHandler.SumEach:
                SendEach(request, command, default, 1);
                break;
            default:
                SendByHost(request, command);
                break;
        }
    }

    /// <summary>The command as it is, but for its key, to that key's host.</summary>
    private void SendWhole(RedisRequest request, RedisCommand command, int keyIndex)
    {
        RedisCall? call = null;
        if (session.Config.Routes.Find(request[keyIndex]) is { } route)
        {
            WriteKey(route, request[keyIndex]);
            _line.Clear();
            request.WriteLine(_line, keyIndex, _key.Written);
            call = Send(route, command, request, 0);
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

    /// <summary>A command of its own for each key and what belongs to it.</summary>
    private void SendEach(RedisRequest request, RedisCommand command, ReadOnlySpan<byte> name, int wordsPerKey)
    {
        var count = (request.Count - 1) / wordsPerKey;
        request.Replies.Begin(count);
        for (var i = 0; i < count; i++)
        {
            var at = 1 + (i * wordsPerKey);
            RedisCall? call = null;
            if (session.Config.Routes.Find(request[at]) is { } route)
            {
                WriteKey(route, request[at]);
                _line.Clear();
                RedisLine.Begin(_line, 1 + wordsPerKey);
                RedisLine.Add(_line, name.IsEmpty ? request[0] : name);
                RedisLine.Add(_line, _key.Written);
                if (wordsPerKey > 1)
                {
                    RedisLine.Add(_line, request[at + 1]);
                }

                call = Send(route, command, request, i);
            }

            if (call is null)
            {
                request.FailPart(i, "no upstream host"u8);
            }
            else
            {
                request.Expect(call);
            }
        }
    }

    /// <summary>Sends the line to the host of the key, and to mirrors.</summary>
    private RedisCall? Send(RedisRoute route, RedisCommand command, RedisRequest request, int index)
    {
        var call = route.For(command).GetPool(session.Worker)
            .Send(_key.Written, _line.Written, request, index, command.Index);
        if (call is null)
        {
            return null;
        }

        foreach (var mirror in route.Mirrors)
        {
            if (mirror.Takes(command, session.Worker.Random.Next()))
            {
                mirror.Upstream.GetPool(session.Worker)
                    .Send(_key.Written, _line.Written, null, 0, command.Index);
            }
        }

        return call;
    }

    private void WriteKey(RedisRoute route, ReadOnlySpan<byte> key)
    {
        _key.Clear();
        route.WriteKey(key, _key, _scratch, session.Stream);
    }
}
