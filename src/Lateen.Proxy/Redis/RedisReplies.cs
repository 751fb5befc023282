namespace Lateen.Proxy.Redis;

/// <summary>Replies to the parts of a command, until all of them have come. Reused.</summary>
internal sealed class RedisReplies
{
    private readonly List<ByteBuffer> _parts = [];
    private int _count;

    /// <summary>Parts without a reply so far.</summary>
    internal int Pending { get; private set; }

    internal void Begin(int count)
    {
        _count = Pending = count;
        while (_parts.Count < count)
        {
            _parts.Add(new ByteBuffer(64));
        }

        for (var i = 0; i < count; i++)
        {
            _parts[i].Clear();
        }
    }

    internal void Add(int index, ReadOnlySpan<byte> frame)
    {
        _parts[index].Write(frame);
        Pending--;
    }

    internal void AddError(int index, ReadOnlySpan<byte> reason)
    {
        RedisLine.AddError(_parts[index], reason);
        Pending--;
    }

    /// <summary>Makes one reply of all of them; false when it tells of a failure.</summary>
    internal bool Write(RedisCommand command, ByteBuffer reply) => command.Handler switch
    {
        RedisHandler.GetEach => WriteValues(reply),
        RedisHandler.SetEach => WriteOutcome(reply),
        RedisHandler.SumEach => WriteSum(reply),
        _ => WriteJoined(command.Name, reply),
    };

    /// <summary>A list of the values; an error stands in its place.</summary>
    private bool WriteValues(ByteBuffer reply)
    {
        var success = true;
        RedisLine.Begin(reply, _count);
        for (var i = 0; i < _count; i++)
        {
            var part = _parts[i].Written;
            switch (part[0])
            {
                case (byte)'$':
                    reply.Write(part);
                    break;
                case (byte)'_':
                    reply.Write("$-1\r\n"u8);
                    break;
                case (byte)'-':
                    success = false;
                    reply.Write(part);
                    break;
                default:
                    if (part.SequenceEqual("*-1\r\n"u8))
                    {
                        reply.Write("$-1\r\n"u8);
                        break;
                    }

                    success = false;
                    RedisLine.AddError(reply, "upstream protocol error"u8);
                    break;
            }
        }

        return success;
    }

    private bool WriteOutcome(ByteBuffer reply)
    {
        var errors = 0;
        for (var i = 0; i < _count; i++)
        {
            errors += _parts[i].Written.SequenceEqual("+OK\r\n"u8) ? 0 : 1;
        }

        if (errors == 0)
        {
            reply.Write("+OK\r\n"u8);
        }

        return errors == 0 || WriteErrors(reply, errors);
    }

    private bool WriteSum(ByteBuffer reply)
    {
        var errors = 0;
        long sum = 0;
        for (var i = 0; i < _count; i++)
        {
            var part = _parts[i].Written;
            if (part[0] == ':' && RespNumber.TryParse(part[1..^2], out var value))
            {
                sum += value;
            }
            else
            {
                errors++;
            }
        }

        if (errors > 0)
        {
            return WriteErrors(reply, errors);
        }

        RedisLine.AddNumber(reply, sum);
        return true;
    }

    /// <summary>Answers of all hosts: numbers are added, lists joined, anything else is the first's.</summary>
    private bool WriteJoined(string command, ByteBuffer reply)
    {
        var errors = 0;
        for (var i = _count - 1; i >= 0; i--)
        {
            if (_parts[i].Written[0] == '-')
            {
                errors++;
                reply.Clear();
                reply.Write(_parts[i].Written);
            }
        }

        if (errors > 0)
        {
            if (command is "scan" or "keys")
            {
                reply.Clear();
                WriteErrors(reply, errors);
            }

            return false;
        }

        if (_parts[0].Written[0] == ':' && command != "script")
        {
            return WriteSum(reply);
        }

        if (_parts[0].Written[0] == '*' && command != "script")
        {
            return WriteLists(reply, command == "role");
        }

        reply.Write(_parts[0].Written);
        return true;
    }

    /// <summary>One list of all elements, or of all lists.</summary>
    private bool WriteLists(ByteBuffer reply, bool nested)
    {
        long total = 0;
        for (var i = 0; i < _count; i++)
        {
            var part = _parts[i].Written;
            if (part[0] != '*' || !RespNumber.TryParse(part[1..part.IndexOf((byte)'\r')], out var count))
            {
                RedisLine.AddError(reply, "upstream protocol error"u8);
                return false;
            }

            total += nested ? 1 : Math.Max(0, count);
        }

        RedisLine.Begin(reply, (int)total);
        for (var i = 0; i < _count; i++)
        {
            var part = _parts[i].Written;
            reply.Write(nested ? part : part[(part.IndexOf((byte)'\n') + 1)..]);
        }

        return true;
    }

    private static bool WriteErrors(ByteBuffer reply, int errors)
    {
        reply.Write("-finished with "u8);
        reply.Write((long)errors);
        reply.Write(" error(s)\r\n"u8);
        return false;
    }
}
