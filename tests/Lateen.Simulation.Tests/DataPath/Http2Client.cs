using System.Globalization;
using Lateen.Http;
using Lateen.Http.Http2;
using Lateen.Net;

namespace Lateen.Simulation.Tests.DataPath;

/// <summary>Several requests at once over one HTTP/2 connection.</summary>
internal sealed class Http2Client : Http2Actor
{
    private readonly Dictionary<Http2Stream, Exchange> _open = [];
    private int _requestsLeft;

    public Http2Client(World world)
        : base(world, world.ClientLoop, false)
    {
        _requestsLeft = 1 + Random.Next(8);
        Connection = Connection.Connect(Loop, this, World.HttpAddress, default, SocketOptions.Default);
        LimitConnecting();
    }

    public override void OnConnected(Connection connection)
    {
        Session.Start();
        connection.Send();
        After(2, SendNext);
    }

    public override void OnEndOfStream(Connection connection) => connection.Close(CloseType.FlushWrite);

    protected override void OnOver(CloseReason reason)
    {
        foreach (var (stream, exchange) in _open)
        {
            exchange.IsExcused |= stream.Id > Session.GoAwayStreamId;
            exchange.OnBroken($"HTTP/2 stream {stream.Id} closed {reason}, {(IsGoingAway ? "GOAWAY" : "no GOAWAY")}");
        }

        _open.Clear();
        World.OnClientOver();
    }

    protected override void OnHeaders(Http2Stream stream)
    {
        if (!_open.TryGetValue(stream, out var exchange))
        {
            return;
        }

        var headers = stream.Headers!;
        World.Check(exchange.OnHead(Session.Status, name => Text(headers, name) is { Length: > 0 } text ? text : null));
        if (Chance(20))
        {
            GiveUp(stream, exchange);
        }
    }

    protected override void OnBody(Http2Stream stream, byte[] bytes)
    {
        if (_open.TryGetValue(stream, out var exchange))
        {
            World.Check(exchange.OnBody(bytes));
        }
    }

    protected override void OnEnd(Http2Stream stream)
    {
        if (_open.Remove(stream, out var exchange))
        {
            World.Check(exchange.OnEnd());
            Continue();
        }
    }

    protected override void OnReset(Http2Stream stream)
    {
        if (_open.Remove(stream, out var exchange))
        {
            exchange.OnBroken($"reset {Session.ErrorCode}");
            Continue();
        }
    }

    protected override void OnGoAway()
    {
        foreach (var (stream, exchange) in _open.ToArray())
        {
            if (stream.Id > Session.GoAwayStreamId)
            {
                exchange.IsExcused = true;
                exchange.OnBroken("left out by GOAWAY");
                _open.Remove(stream);
                Session.Forget(stream);
            }
        }

        if (_open.Count == 0)
        {
            Leave();
        }
    }

    private void Continue()
    {
        After(Chance(50) ? 5000 : 4, SendNext);
        if (_requestsLeft <= 0 && _open.Count == 0)
        {
            Leave();
        }
    }

    private void SendNext()
    {
        if (Connection!.State != ConnectionState.Open)
        {
            return;
        }

        if (IsGoingAway)
        {
            if (_open.Count == 0)
            {
                Leave();
            }

            return;
        }

        if (_requestsLeft <= 0 || !Session.CanOpenStream || Session.OpenStream() is not { } stream)
        {
            return;
        }

        _requestsLeft--;
        stream.Headers = new HeaderMap();
        stream.Trailers = new HeaderMap();
        var isHead = Chance(50);
        var exchange = World.Begin(isHead || Chance(400) ? 0 : World.BodyBytes(), isHead);
        _open.Add(stream, exchange);
        stream.IsHead = isHead;
        var method = isHead ? "HEAD" : exchange.RequestBytes > 0 ? "POST" : "GET";
        WriteHeaders(stream, exchange.RequestBytes == 0, $":method: {method}", ":scheme: http", ":authority: sim",
            $":path: {World.Path(exchange)}", "x-id: " + exchange.Id.ToString(CultureInfo.InvariantCulture));
        if (exchange.RequestBytes > 0)
        {
            SendBody(stream, World.RequestBytes(exchange, 0, exchange.RequestBytes), () => EndRequest(stream));
        }

        if (Chance(40))
        {
            After(3000, () => GiveUp(stream, exchange));
        }

        After(Chance(100) ? 3000 : 6, SendNext);
    }

    private void EndRequest(Http2Stream stream)
    {
        if (Chance(200))
        {
            WriteHeaders(stream, true, "x-end: 1");
            return;
        }

        Session.WriteDataHeader(stream, 0, true);
        Connection!.Send();
    }

    private void GiveUp(Http2Stream stream, Exchange exchange)
    {
        if (_open.Remove(stream))
        {
            exchange.IsExcused = true;
            exchange.OnBroken("given up");
            Reset(stream, Http2ErrorCode.Cancel);
            Continue();
        }
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
                Session.WriteGoAway(0, Http2ErrorCode.NoError);
                Connection!.Close(CloseType.FlushWriteAndDelay, 2000);
                break;
            default:
                break;
        }
    }
}
