using System.Text;
using Lateen.Http.Http1;

namespace Lateen.Http.Tests.Http1;

/// <summary>What the lenient parser takes beyond the grammar, and that the strict one does not.</summary>
public sealed class Http1LenientTests
{
    [Theory]
    [InlineData("GET  /a HTTP/1.1\r\nHost: h\r\n\r\n", "/a", null)]
    [InlineData("GET\t/a\tHTTP/1.1 \r\nHost: h\r\n\r\n", "/a", null)]
    [InlineData("GET /a HTTP/1.1\nHost: h\nX-A: v\n\n", "/a", "v")]
    [InlineData("GET /a HTTP/1.1\r\nHost: h\r\nX-A: a\r\n  b\r\n\r\n", "/a", "a  b")]
    [InlineData("GET /a HTTP/1.1\r\nHost: h\r\nX-A: a\rb\r\n\r\n", "/a", "ab")]
    [InlineData("GET /a HTTP/1.1\r\r\nHost: h\r\n\r\n", "/a", null)]
    [InlineData("\r\r\n\rGET /a HTTP/1.1\r\nHost: h\r\n\r\n", "/a", null)]
    public void Head_OutsideTheGrammar_IsTakenOnlyWhenLenient(string text, string path, string? value)
    {
        var bytes = Encoding.ASCII.GetBytes(text);
        Assert.Equal(Http1Result.Invalid, Read(new Http1Limits(), bytes, out _));
        Assert.Equal(Http1Result.HeadDone, Read(new Http1Limits { IsLenient = true }, bytes, out var headers));
        Assert.Equal(path, Encoding.ASCII.GetString(headers.Get(HeaderId.Path)));
        if (value is not null)
        {
            Assert.True(headers.TryGet(HeaderName.Create("x-a"), out var found));
            Assert.Equal(value, Encoding.ASCII.GetString(found));
        }
    }

    [Theory]
    [InlineData("GET /a HTTP/1.1\r\n X-A: b\r\nHost: h\r\n\r\n")]
    [InlineData("GET /a HTTP/1.1\r\nHost : h\r\n\r\n")]
    [InlineData("GET /a b HTTP/1.1\r\nHost: h\r\n\r\n")]
    [InlineData("GET /a HTTP/1.1\r\nX-A: a\0b\r\n\r\n")]
    public void Head_ThatDeceives_IsRefusedAlsoWhenLenient(string text) => Assert.Equal(
        Http1Result.Invalid, Read(new Http1Limits { IsLenient = true }, Encoding.ASCII.GetBytes(text), out _));

    [Theory]
    [InlineData("GET * HTTP/1.1\r\nHost: h\r\n\r\n", Http1Error.Url)]
    [InlineData("GET http://h#f HTTP/1.1\r\nHost: h\r\n\r\n", Http1Error.Target)]
    [InlineData("OPTIONS http://h* HTTP/1.1\r\nHost: h\r\n\r\n", Http1Error.Url)]
    [InlineData("CONNECT / HTTP/1.1\r\nHost: h\r\n\r\n", Http1Error.Url)]
    [InlineData("M-SEARCH / HTTP/1.1\r\nHost: h\r\n\r\n", Http1Error.Method)]
    [InlineData("POST / HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: identity\r\n\r\n",
        Http1Error.ContentLengthAndChunked)]
    public void Head_ThatEnvoyRefuses_GivesItsReason(string text, Http1Error expected)
    {
        var parser = new Http1Parser(true, new Http1Limits { IsLenient = true });
        Assert.Equal(Http1Result.Invalid, parser.ReadHead(Encoding.ASCII.GetBytes(text), new HeaderMap(), out _));
        Assert.Equal(expected, parser.Error);
    }

    [Theory]
    [InlineData("HTTP/1.1  200 OK\r\n\r\n", false)]
    [InlineData("HTTP/2.0 200 OK\r\n\r\n", true)]
    [InlineData("HTTP/0.9 200 OK\r\n\r\n", true)]
    public void Answer_OfAnyVersion_IsTakenAndOnlyOneOneStays(string text, bool closes)
    {
        var parser = new Http1Parser(false, new Http1Limits { IsLenient = true }) { AnswersHead = true };
        Assert.Equal(Http1Result.HeadDone, parser.ReadHead(Encoding.ASCII.GetBytes(text), new HeaderMap(), out _));
        Assert.Equal(200, parser.StatusCode);
        Assert.Equal(closes, parser.CloseAfter);
    }

    [Fact]
    public void UserInformation_OfAnAbsoluteTarget_IsLeftOut()
    {
        const string Text = "GET http://u:p@other/x HTTP/1.1\r\nHost: h\r\n\r\n";
        Assert.Equal(Http1Result.HeadDone,
            Read(new Http1Limits { IsLenient = true }, Encoding.ASCII.GetBytes(Text), out var headers));
        Assert.Equal("other", Encoding.ASCII.GetString(headers.Get(HeaderId.Authority)));
    }

    /// <summary>A parser serves one connection after the other: what broke off in one must not show in the
    /// next.</summary>
    [Theory]
    [InlineData("5")]
    [InlineData("5 ")]
    [InlineData("5;\"")]
    [InlineData("5\r\nhe")]
    [InlineData("zz")]
    [InlineData("5\r\nhello\r\n0\r\nx: ")]
    public void Message_BehindOneThatBrokeOff_IsReadAsIfItWereTheFirst(string brokenOff)
    {
        foreach (var isLenient in (bool[])[true, false])
        {
            var head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"u8;
            var parser = new Http1Parser(true, new Http1Limits { IsLenient = isLenient });
            parser.ReadHead(head, new HeaderMap(), out _);
            parser.ReadBody(Encoding.ASCII.GetBytes(brokenOff), new HeaderMap(), out _, out _);

            parser.BeginMessage();
            Assert.Equal(Http1Result.HeadDone, parser.ReadHead(head, new HeaderMap(), out _));
            var body = "2\r\nab\r\n0\r\n\r\n"u8;
            Assert.Equal(Http1Result.Data, parser.ReadBody(body, new HeaderMap(), out var skip, out var length));
            Assert.Equal("ab", Encoding.ASCII.GetString(body.Slice(skip, length)));
            Assert.Equal(
                Http1Result.MessageDone, parser.ReadBody(body[(skip + length)..], new HeaderMap(), out _, out _));
        }
    }

    [Theory]
    [InlineData("ffffffffffffffff\r\nhello", "hello")]
    [InlineData("5;\u0001=(\r\nhello\r\n0\r\n\r\n", "hello")]
    [InlineData("5;a\nhello\r\n0\r\n\r\n", "")]
    public void Chunks_OfAnySizeAndExtension_AreTaken(string text, string body) =>
        Assert.Equal(body, ReadChunks(Encoding.ASCII.GetBytes(text), text.Length));

    [Theory]
    [InlineData("G@T", Http1Result.NeedMore)]
    [InlineData("GET / HTTP/1.1\rHost: h\r\r", Http1Result.NeedMore)]
    [InlineData("\u0016\u0003\u0001", Http1Result.Invalid)]
    [InlineData(" GET", Http1Result.Invalid)]
    public void Head_WithoutALineEnd_WaitsUnlessItsFirstByteIsWrong(string text, Http1Result expected) =>
        Assert.Equal(expected, Read(new Http1Limits { IsLenient = true }, Encoding.ASCII.GetBytes(text), out _));

    [Theory]
    [InlineData("3\r\nabc\r\nzz\r\n", "")]
    [InlineData("4\r\nabcd0\r\n\r\n", "")]
    [InlineData("3\r\nabc\r\n2\r\nde\r\n1\r\nfg", "")]
    [InlineData("3\r\nabc\r\n0\r\nb@d\r\n\r\n", "abc")]
    [InlineData("3\r\nabc\r\n5\r\nde", "abcde")]
    public void Chunks_InFrontOfABrokenOne_AreNotHandedOn(string text, string body)
    {
        var all = Encoding.ASCII.GetBytes(text);
        Assert.Equal(body, ReadChunks(all, all.Length));
        // One that came before is gone.
        Assert.StartsWith(body, ReadChunks(all, 1), StringComparison.Ordinal);
    }

    [Fact]
    public void Response_SwitchingWithoutBeingAsked_HasNoBody()
    {
        var parser = new Http1Parser(false, new Http1Limits { IsLenient = true });
        var head = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: foo\r\n\r\n"u8;

        Assert.Equal(Http1Result.HeadDone, parser.ReadHead(head, new HeaderMap(), out _));
        Assert.Equal(Http1Framing.None, parser.Framing);
        parser.BeginMessage();
        parser.AnswersUpgrade = true;
        Assert.Equal(Http1Result.HeadDone, parser.ReadHead(head, new HeaderMap(), out _));
        Assert.Equal(Http1Framing.Tunnel, parser.Framing);
    }

    [Fact]
    public void Folded_CutAnywhere_ReadsTheSame()
    {
        var bytes = "GET /a HTTP/1.1\r\nX-A: a\r\n b\r\nHost: h\r\n\r\n"u8.ToArray();
        for (var cut = 1; cut < bytes.Length; cut++)
        {
            var parser = new Http1Parser(true, new Http1Limits { IsLenient = true });
            var headers = new HeaderMap();
            parser.BeginMessage();
            Assert.Equal(Http1Result.NeedMore, parser.ReadHead(bytes.AsSpan(0, cut), headers, out var consumed));
            Assert.Equal(Http1Result.HeadDone, parser.ReadHead(bytes.AsSpan(consumed), headers, out _));
            Assert.True(headers.TryGet(HeaderName.Create("x-a"), out var value));
            Assert.Equal("a b", Encoding.ASCII.GetString(value));
        }
    }

    [Fact]
    public void Names_ThatAreKept_AreWrittenAsTheyCame()
    {
        var bytes = "GET /a HTTP/1.1\r\nHost: h\r\nX-MiXed: 1\r\n\r\n"u8.ToArray();
        Read(new Http1Limits { KeepsNames = true }, bytes, out var headers);
        var target = new byte[Http1Encoder.HeadBytesMax(headers)];
        var length = Http1Encoder.WriteRequest(headers, target, HeaderCase.Preserve);
        Assert.Equal(Encoding.ASCII.GetString(bytes), Encoding.ASCII.GetString(target, 0, length));
    }

    /// <summary>The body of a request in pieces of a size, up to its end or its fault.</summary>
    private static string ReadChunks(byte[] text, int piece)
    {
        var parser = new Http1Parser(true, new Http1Limits { IsLenient = true });
        var head = "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"u8;
        Assert.Equal(Http1Result.HeadDone, parser.ReadHead(head, new HeaderMap(), out _));
        var body = new StringBuilder();
        var trailers = new HeaderMap();
        var (start, end) = (0, Math.Min(piece, text.Length));
        while (true)
        {
            var result = parser.ReadBody(text.AsSpan(start, end - start), trailers, out var skip, out var length);
            body.Append(Encoding.ASCII.GetString(text, start + skip, length));
            start += skip + length;
            if (result is Http1Result.Invalid or Http1Result.MessageDone
                || (result == Http1Result.NeedMore && end == text.Length))
            {
                return body.ToString();
            }
            end = result == Http1Result.NeedMore ? Math.Min(end + piece, text.Length) : end;
        }
    }

    private static Http1Result Read(Http1Limits limits, byte[] bytes, out HeaderMap headers)
    {
        var parser = new Http1Parser(true, limits);
        headers = new HeaderMap();
        parser.BeginMessage();
        return parser.ReadHead(bytes, headers, out _);
    }
}
