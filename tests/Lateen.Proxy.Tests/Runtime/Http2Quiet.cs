using Lateen.Http;
using Lateen.Http.Http2;
using Lateen.Net;

namespace Lateen.Proxy.Tests.Runtime;

/// <summary>An HTTP/2 client or upstream that allocates nothing itself, for counting what the proxy
/// allocates.</summary>
internal sealed class Http2Quiet : ByteLevel.Peer, IHttp2Owner, IAcceptCallbacks
{
    private readonly HeaderMap _message = new();
    private readonly HeaderMap _received = new();
    private readonly bool _isServer;
    private Http2Session _session;
    private Connection? _connection;

    public Http2Quiet(bool isServer)
    {
        _isServer = isServer;
        _session = new Http2Session(isServer, Http2Limits.Default, this);
        if (isServer)
        {
            _message.Add(HeaderId.Status, "200"u8);
            _message.Add(HeaderId.ContentType, "application/grpc"u8);
            return;
        }

        _message.Add(HeaderId.Method, "POST"u8);
        _message.Add(HeaderId.Scheme, "http"u8);
        _message.Add(HeaderId.Authority, "a.example"u8);
        _message.Add(HeaderId.Path, "/x"u8);
        _message.Add(HeaderId.ContentType, "application/grpc"u8);
        _message.Add(HeaderId.TE, "trailers"u8);
    }

    public int Count { get; private set; }

    public int ConnectionCount { get; private set; }

    public int UnsentBytes => _connection!.Output.Length;

    public void Begin(Connection connection)
    {
        _connection = connection;
        _session.Start();
        Request();
    }

    public void OnAccept(Connection connection)
    {
        ConnectionCount++;
        _session = new Http2Session(_isServer, Http2Limits.Default, this);
        _connection = connection;
        connection.SetCallbacks(this);
        _session.Start();
        connection.Send();
    }

    public Span<byte> GetSpace(int minimum) => _connection!.Output.GetSpace(minimum);

    public void Commit(int length) => _connection!.Output.Commit(length);

    void IHttp2Owner.Count(Http2Stat stat, long amount)
    {
    }

    public override void OnData(Connection connection)
    {
        var input = connection.Input;
        while (true)
        {
            var happened = _session.Read(input.First, out var consumed);
            input.Consume(consumed);
            if (happened == Http2Event.NeedMore)
            {
                if (input.Length < _session.BytesWanted || input.First.Length >= _session.BytesWanted)
                {
                    break;
                }

                input.Coalesce(_session.BytesWanted);
                continue;
            }

            OnEvent(happened, input);
        }

        connection.Send();
    }

    private void OnEvent(Http2Event happened, BufferChain input)
    {
        var stream = _session.Stream;
        if (happened == Http2Event.StreamBegun)
        {
            stream!.Headers = _received;
            stream.Trailers = _received;
        }
        else if (happened == Http2Event.Data)
        {
            input.Consume(_session.DataLength);
            _session.Consumed(stream!, _session.DataLength);
        }

        var isMessage = happened is Http2Event.Headers or Http2Event.Data or Http2Event.Trailers;
        if (!isMessage || !_session.EndStream)
        {
            return;
        }

        Count++;
        if (_isServer)
        {
            Send(stream!);
            _session.Return(stream!);
        }
        else
        {
            _session.Return(stream!);
            Request();
        }
    }

    private void Request()
    {
        var stream = _session.OpenStream()!;
        stream.Headers = _received;
        stream.Trailers = _received;
        Send(stream);
    }

    private void Send(Http2Stream stream)
    {
        _session.WriteHeaders(stream, _message, false);
        _session.WriteDataHeader(stream, 5, true);
        _connection!.Output.Append("hello"u8);
        _session.OnDataAppended();
        _connection.Send();
    }
}
