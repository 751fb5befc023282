using Lateen.Http.Http2;

namespace Lateen.Http.Tests.Http2;

/// <summary>A client and a server session that talk through arrays, without allocating anything themselves.</summary>
internal sealed class QuietPeer
{
    private readonly End _client = new(false);
    private readonly End _server = new(true);

    public QuietPeer()
    {
        _client.Request.Add(HeaderId.Method, "POST"u8);
        _client.Request.Add(HeaderId.Scheme, "https"u8);
        _client.Request.Add(HeaderId.Authority, "shop.example"u8);
        _client.Request.Add(HeaderId.Path, "/cart/items?id=4711"u8);
        _client.Request.Add(HeaderId.UserAgent, "test/1.0"u8);
        _client.Request.Add("x-tenant"u8, "blue"u8);
        _server.Request.Add(HeaderId.Status, "200"u8);
        _server.Request.Add(HeaderId.ContentType, "text/plain"u8);
    }

    /// <summary>A request with a body and its answer, both ways through frames.</summary>
    public void RoundTrip()
    {
        var stream = _client.Session.OpenStream()!;
        stream.Headers = _client.Headers;
        stream.Trailers = _client.Headers;
        _client.Send(stream);
        _server.Read(_client);
        _client.Read(_server);
        Assert.True(stream.IsClosed);
        _client.Session.Return(stream);
    }

    private sealed class End : IHttp2Owner
    {
        private readonly byte[] _output = new byte[64 * 1024];
        private int _length;

        internal End(bool isServer)
        {
            Session = new Http2Session(isServer, Http2Limits.Default, this);
            Session.Start();
        }

        public int UnsentBytes => 0;

        internal Http2Session Session { get; }

        internal HeaderMap Headers { get; } = new();

        internal HeaderMap Request { get; } = new();

        public Span<byte> GetSpace(int minimum) => _output.AsSpan(_length);

        public void Commit(int length) => _length += length;

        public void Count(Http2Stat stat, long amount)
        {
        }

        internal void Send(Http2Stream stream)
        {
            Session.WriteHeaders(stream, Request, false);
            Session.WriteDataHeader(stream, 5, true);
            "hello"u8.CopyTo(GetSpace(5));
            Commit(5);
            Session.OnDataAppended();
        }

        internal void Read(End from)
        {
            var data = from._output.AsSpan(0, from._length);
            while (true)
            {
                var happened = Session.Read(data, out var consumed);
                data = data[consumed..];
                switch (happened)
                {
                    case Http2Event.NeedMore:
                        from._length = 0;
                        return;
                    case Http2Event.StreamBegun:
                        Session.Stream!.Headers = Headers;
                        Session.Stream.Trailers = Headers;
                        break;
                    case Http2Event.Data:
                        data = data[Session.DataLength..];
                        Session.Consumed(Session.Stream!, Session.DataLength);
                        if (Request.Contains(HeaderId.Status))
                        {
                            var stream = Session.Stream!;
                            Send(stream);
                            Session.Return(stream);
                        }

                        break;
                    case Http2Event.ConnectionError:
                        throw new InvalidOperationException($"{Session.Error}");
                }
            }
        }
    }
}
