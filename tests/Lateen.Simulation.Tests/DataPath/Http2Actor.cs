using System.Text;
using Lateen.Http;
using Lateen.Http.Http2;
using Lateen.Net;

namespace Lateen.Simulation.Tests.DataPath;

/// <summary>One HTTP/2 connection of a simulated client or upstream.</summary>
internal abstract class Http2Actor : Actor, IHttp2Owner
{
    private readonly List<Outgoing> _outgoing = [];
    private readonly Dictionary<Http2Stream, int> _held = [];

    protected Http2Actor(World world, EventLoop loop, bool isServer)
        : base(world, loop)
    {
        Session = new Http2Session(isServer, Http2Limits.Default with
        {
            InitialStreamWindow = Chance(300) ? 1000 + Random.Next(100_000) : 1 << 20,
            InitialConnectionWindow = Chance(300) ? 65_535 + Random.Next(100_000) : 1 << 24,
            MaxConcurrentStreams = Chance(300) ? 1 + Random.Next(4) : 100,
        }, this);
    }

    public int UnsentBytes => Connection!.Output.Length;

    protected Http2Session Session { get; }

    protected bool IsGoingAway { get; set; }

    public Span<byte> GetSpace(int minimum) => Connection!.Output.GetSpace(minimum);

    public void Commit(int length) => Connection!.Output.Commit(length);

    public void Count(Http2Stat stat, long amount)
    {
    }

    public override void OnData(Connection connection)
    {
        var input = connection.Input;
        while (!IsClosed)
        {
            var happened = Session.Read(input.First, out var consumed);
            World.Network.Trace?.Invoke($"{GetType().Name} {connection.LocalAddress}: {happened} {Session.Stream?.Id}");
            input.Consume(consumed);
            if (happened == Http2Event.NeedMore)
            {
                if (input.Length < Session.BytesWanted || input.First.Length >= Session.BytesWanted)
                {
                    break;
                }

                input.Coalesce(Session.BytesWanted);
                continue;
            }

            if (happened == Http2Event.ConnectionError)
            {
                World.Check($"{GetType().Name}: the proxy broke a rule of HTTP/2: {Session.Error}");
                connection.Close(CloseType.NoFlush);
                return;
            }

            Handle(happened, Session.Stream);
        }

        if (!IsClosed)
        {
            connection.Send();
        }
    }

    protected abstract void OnHeaders(Http2Stream stream);

    protected abstract void OnBody(Http2Stream stream, byte[] bytes);

    protected abstract void OnEnd(Http2Stream stream);

    protected abstract void OnReset(Http2Stream stream);

    protected abstract void OnGoAway();

    protected void WriteHeaders(Http2Stream stream, bool endStream, params string[] lines)
    {
        Session.WriteHeaders(stream, Map(lines), endStream);
        Connection!.Send();
    }

    protected void Reset(Http2Stream stream, Http2ErrorCode code)
    {
        if (!stream.IsClosed)
        {
            _outgoing.RemoveAll(each => ReferenceEquals(each.Stream, stream));
            Session.ResetStream(stream, code);
            Connection!.Send();
        }
    }

    /// <summary>Sends a body as the windows let it, in pieces; then <paramref name="whenDone"/> ends the
    /// stream or not.</summary>
    protected void SendBody(Http2Stream stream, byte[] bytes, Action whenDone)
    {
        _outgoing.Add(new Outgoing(stream, bytes, whenDone));
        Pump();
    }

    protected static string Text(HeaderMap headers, string name)
    {
        var at = headers.IndexOf(Encoding.ASCII.GetBytes(name));
        return at < 0 ? "" : Encoding.Latin1.GetString(headers.GetValue(at));
    }

    private void Pump()
    {
        if (IsClosed || Connection!.State != ConnectionState.Open)
        {
            return;
        }

        foreach (var each in _outgoing.ToArray())
        {
            while (each.Sent < each.Bytes.Length && !each.Stream.IsClosed && !each.IsWaiting)
            {
                var n = Math.Min(each.Bytes.Length - each.Sent,
                    Math.Min(Session.PeerFrameBytesMax, Session.SendableBytes(each.Stream)));
                if (n <= 0)
                {
                    break;
                }

                n = 1 + Random.Next(n);
                Session.WriteDataHeader(each.Stream, n, false);
                Connection.Output.Append(each.Bytes.AsSpan(each.Sent, n));
                Session.OnDataAppended();
                each.Sent += n;
                if (Chance(200))
                {
                    each.IsWaiting = true;
                    After(Chance(100) ? 2000 : 4, () =>
                    {
                        each.IsWaiting = false;
                        Pump();
                    });
                }
            }

            if (each.Stream.IsClosed || each.Sent == each.Bytes.Length)
            {
                _outgoing.Remove(each);
                if (!each.Stream.IsClosed)
                {
                    each.WhenDone();
                }
            }
        }

        Connection.Send();
    }

    private void Handle(Http2Event happened, Http2Stream? stream)
    {
        switch (happened)
        {
            case Http2Event.StreamBegun:
                stream!.Headers = new HeaderMap();
                stream.Trailers = new HeaderMap();
                return;
            case Http2Event.Headers:
                var (isEnd, isFinal) = (Session.EndStream, Session.Status is 0 or >= 200);
                OnHeaders(stream!);
                End(stream!, isEnd && isFinal);
                return;
            case Http2Event.Data:
                var bytes = new byte[Session.DataLength];
                Connection!.Input.CopyTo(bytes);
                Connection.Input.Consume(bytes.Length);
                isEnd = Session.EndStream;
                OnBody(stream!, bytes);
                Credit(stream!, bytes.Length);
                End(stream!, isEnd);
                return;
            case Http2Event.Trailers:
                End(stream!, true);
                return;
            case Http2Event.StreamReset or Http2Event.StreamError:
                World.Check(happened == Http2Event.StreamError
                    ? $"the proxy broke a rule on a stream of HTTP/2: {Session.StreamFailure}" : null);
                OnReset(stream!);
                return;
            case Http2Event.GoAway:
                IsGoingAway = true;
                OnGoAway();
                return;
            case Http2Event.WindowOpened or Http2Event.Settings:
                Pump();
                return;
        }
    }

    private void End(Http2Stream stream, bool isEnd)
    {
        if (isEnd && !IsClosed)
        {
            OnEnd(stream);
        }
    }

    /// <summary>Credits what was read, at once or, as a slow peer, all together after some time.</summary>
    private void Credit(Http2Stream stream, int length)
    {
        if (IsClosed)
        {
            return;
        }

        if (!_held.TryGetValue(stream, out var held))
        {
            if (Chance(900))
            {
                Session.Consumed(stream, length);
                return;
            }

            After(Chance(500) ? 3000 : 3, () =>
            {
                _held.Remove(stream, out var all);
                Session.Consumed(stream, all);
                Connection!.Send();
            });
        }

        _held[stream] = held + length;
    }

    private static HeaderMap Map(string[] lines)
    {
        var map = new HeaderMap();
        foreach (var line in lines)
        {
            var colon = line.IndexOf(':', 1);
            map.Add(Encoding.Latin1.GetBytes(line[..colon]), Encoding.Latin1.GetBytes(line[(colon + 2)..]));
        }

        return map;
    }

    private sealed class Outgoing(Http2Stream stream, byte[] bytes, Action whenDone)
    {
        public Http2Stream Stream { get; } = stream;

        public byte[] Bytes { get; } = bytes;

        public Action WhenDone { get; } = whenDone;

        public int Sent { get; set; }

        public bool IsWaiting { get; set; }
    }
}
