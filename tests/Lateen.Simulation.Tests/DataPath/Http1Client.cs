using System.Globalization;
using System.Text;
using Lateen.Net;

namespace Lateen.Simulation.Tests.DataPath;

/// <summary>Sends some requests over one HTTP/1.1 connection, one after the other or pipelined, and checks each
/// answer.</summary>
internal sealed class Http1Client : Actor
{
    private readonly Queue<Exchange> _waiting = new();
    private readonly Http1Reader _reader;
    private int _requestsLeft;
    private int _answered;
    private bool _isSending;

    public Http1Client(World world)
        : base(world, world.ClientLoop)
    {
        _requestsLeft = 1 + Random.Next(4);
        _reader = new Http1Reader(true)
        {
            OnHead = OnHead,
            OnBody = bytes => World.Check(_waiting.Peek().OnBody(bytes)),
            OnEnd = OnAnswerEnd,
            HasNoBody = () => _waiting.TryPeek(out var exchange) && exchange.IsHead,
        };
        Connection = Connection.Connect(
            Loop, this, World.HttpAddress, default, SocketOptions.Default);
        LimitConnecting();
    }

    public override void OnConnected(Connection connection) => SendNext();

    public override void OnData(Connection connection)
    {
        _reader.Feed(TakeInput(connection));
        World.Check(_reader.Error);
        if (!IsClosed && Chance(30))
        {
            Pause(3000);
        }
    }

    public override void OnEndOfStream(Connection connection)
    {
        _reader.EndOfInput();
        connection.Close(CloseType.FlushWrite);
    }

    protected override void OnOver(CloseReason reason)
    {
        foreach (var exchange in _waiting)
        {
            // Only the first request of a connection must be answered: the end of the connection may be under way
            // when another is sent, and what was pipelined behind the answer that ends it is never taken.
            exchange.IsExcused |= _answered > 0 || !ReferenceEquals(exchange, _waiting.Peek());
            exchange.OnBroken($"HTTP/1.1 closed {reason}");
        }

        _waiting.Clear();
        World.OnClientOver();
    }

    private void SendNext()
    {
        if (IsClosed || Connection!.State != ConnectionState.Open || _isSending)
        {
            return;
        }

        if (_requestsLeft-- <= 0)
        {
            if (_waiting.Count == 0)
            {
                Leave();
            }

            return;
        }

        var isHead = Chance(50);
        var exchange = World.Begin(isHead || Chance(400) ? 0 : World.BodyBytes(), isHead);
        _waiting.Enqueue(exchange);
        var isChunked = exchange.RequestBytes > 0 && Chance(400);
        var method = isHead ? "HEAD" : exchange.RequestBytes > 0 ? "POST" : "GET";
        var framing = isChunked ? "transfer-encoding: chunked\r\n"
            : exchange.RequestBytes > 0 ? $"content-length: {exchange.RequestBytes}\r\n" : "";
        Write(Encoding.ASCII.GetBytes(
            $"{method} {World.Path(exchange)} HTTP/1.1\r\nhost: sim\r\nx-id: {exchange.Id}\r\n{framing}\r\n"));
        _isSending = true;
        SendBody(exchange, 0, isChunked);
    }

    private void SendBody(Exchange exchange, int from, bool isChunked)
    {
        if (from == exchange.RequestBytes)
        {
            if (isChunked)
            {
                Write("0\r\n\r\n"u8);
            }

            _isSending = false;
            if (Chance(150))
            {
                // Pipelined: the next goes out before the answer.
                SendNext();
            }

            return;
        }

        if (Chance(15))
        {
            GiveUp();
            return;
        }

        var bytes = World.RequestBytes(exchange, from, 1 + Random.Next(Math.Min(exchange.RequestBytes - from, 20000)));
        if (isChunked)
        {
            Write(Encoding.ASCII.GetBytes(bytes.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n"));
        }

        Write(bytes);
        if (isChunked)
        {
            Write("\r\n"u8);
        }

        After(Chance(100) ? 3000 : 5, () => SendBody(exchange, from + bytes.Length, isChunked));
    }

    private void GiveUp()
    {
        foreach (var exchange in _waiting)
        {
            exchange.IsExcused = true;
        }

        Connection!.Close(Chance(500) ? CloseType.AbortReset : CloseType.NoFlush);
    }

    private void OnHead(string start, Dictionary<string, string> fields)
    {
        if (_waiting.Count == 0)
        {
            // A time limit's 408 may come when nothing was asked.
            World.Check(start.Contains(" 408 ", StringComparison.Ordinal) ? null : $"'{start}' answers nothing");
            _reader.IsStopped = true;
            Connection!.Close(CloseType.NoFlush);
            return;
        }

        var status = int.Parse(start.AsSpan(9, 3), CultureInfo.InvariantCulture);
        World.Check(_waiting.Peek().OnHead(status, name => fields.GetValueOrDefault(name)));
        if (Chance(10))
        {
            _reader.IsStopped = true;
            GiveUp();
        }
    }

    private void OnAnswerEnd()
    {
        if (_reader.IsStopped || !_waiting.TryDequeue(out var exchange))
        {
            return;
        }

        _answered++;
        World.Check(exchange.OnEnd());
        if (_isSending && _waiting.Count == 0)
        {
            // Answered before the request was whole: it goes on, or the proxy ends the connection.
            return;
        }

        After(Chance(50) ? 8000 : 3, SendNext);
    }

    private void Leave()
    {
        switch (Random.Next(4))
        {
            case 0:
                Connection!.Close(CloseType.NoFlush);
                break;
            case 1:
                Break();
                break;
            case 2:
                Connection!.EndWrite();
                break;
            default:
                // Stays until the proxy's idle time is over.
                break;
        }
    }
}
