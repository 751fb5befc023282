using System.Text;
using Lateen.Http.Http1;

namespace Lateen.Http.Tests.Http1;

public sealed class Http1ParserTests
{
    private const string Sample =
        "POST /a?b=c HTTP/1.1\r\nHost: x.example:80\r\nX-A: 1\r\nX-A: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
        + "5;ext=\"v\"\r\nhello\r\nA\r\n0123456789\r\n0\r\nX-T: t\r\n\r\nGET / HTTP/1.1\r\nHost: y\r\n\r\n";

    public static TheoryData<string, Http1Error> Invalid => new()
    {
        { "GET / HTTP/1.1\nHost: a\r\n\r\n", Http1Error.Syntax },
        { "GET  / HTTP/1.1\r\n\r\n", Http1Error.Syntax },
        { "GET / HTTP/1.1 \r\n\r\n", Http1Error.Syntax },
        { "GET /\u00e9 HTTP/1.1\r\n\r\n", Http1Error.Target },
        { "FOO / HTTP/1.1\r\n\r\n", Http1Error.Method },
        { "GET / HTTP/1.2\r\n\r\n", Http1Error.Version },
        { "GET / HTTP/2.0\r\n\r\n", Http1Error.Version },
        { "GET a HTTP/1.1\r\n\r\n", Http1Error.Target },
        { "GET ftp://a/ HTTP/1.1\r\n\r\n", Http1Error.Scheme },
        { "GET http://u@a/ HTTP/1.1\r\n\r\n", Http1Error.Url },
        { "GET http://a:x/ HTTP/1.1\r\n\r\n", Http1Error.Url },
        { "CONNECT /a HTTP/1.1\r\n\r\n", Http1Error.Url },
        { "GET / HTTP/1.1\r\nA b: c\r\n\r\n", Http1Error.Syntax },
        { "GET / HTTP/1.1\r\nA : c\r\n\r\n", Http1Error.Syntax },
        { "GET / HTTP/1.1\r\n: c\r\n\r\n", Http1Error.Syntax },
        { "GET / HTTP/1.1\r\nA\r\n\r\n", Http1Error.Syntax },
        { "GET / HTTP/1.1\r\n b\r\n\r\n", Http1Error.Syntax },
        { "GET / HTTP/1.1\r\nA: \u0001\r\n\r\n", Http1Error.InvalidCharacters },
        { "GET / HTTP/1.1\r\nA: a\rb\r\n\r\n", Http1Error.InvalidCharacters },
        { "POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n", Http1Error.ContentLength },
        { "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", Http1Error.ContentLength },
        { "POST / HTTP/1.1\r\nContent-Length: 1,1\r\n\r\n", Http1Error.ContentLength },
        { "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", Http1Error.ContentLength },
        { "POST / HTTP/1.1\r\nContent-Length:\r\n\r\n", Http1Error.ContentLength },
        { "GET / HTTP/1.1\r\nA: a\r\n b\r\n\r\n", Http1Error.Syntax },
        { "POST / HTTP/1.1\r\nContent-Length: 1\r\n 1\r\n\r\n", Http1Error.Syntax },
        { "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            Http1Error.ContentLengthAndChunked },
        { "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", Http1Error.TransferEncoding },
        { "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
            Http1Error.TransferEncoding },
        { "POST / HTTP/1.1\r\nTransfer-Encoding: \u000bchunked\r\n\r\n", Http1Error.InvalidCharacters },
        { "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", Http1Error.TransferEncoding },
        { "CONNECT a:1 HTTP/1.1\r\nContent-Length: 1\r\n\r\n", Http1Error.BodyDisallowed },
        { "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nG\r\n", Http1Error.Chunk },
        { "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", Http1Error.Chunk },
        { "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\n", Http1Error.Chunk },
        { "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab", Http1Error.Chunk },
        { "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;a\nb", Http1Error.Chunk },
        { "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n", Http1Error.Chunk },
        { "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n 1\r\n", Http1Error.Chunk },
    };

    [Theory]
    [MemberData(nameof(Invalid))]
    public void ReadRequest_Invalid_GivesTheError(string text, Http1Error error)
    {
        var parsed = new ParsedStream(true);
        parsed.Feed(Encoding.Latin1.GetBytes(text));
        Assert.Equal(error, parsed.Error);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", "ab")]
    [InlineData("HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nab", "a")]
    [InlineData("HTTP/1.1 204 No\r\n\r\n", "")]
    [InlineData("HTTP/1.1 304 No\r\nContent-Length: 5\r\n\r\n", "")]
    [InlineData("HTTP/1.0 200 OK\r\n\r\nabc", "abc")]
    public void ReadResponse_Valid_GivesTheBody(string text, string body)
    {
        var parsed = new ParsedStream(false);
        parsed.Feed(Encoding.Latin1.GetBytes(text));
        Assert.Equal(body, parsed.Bodies[0]);
    }

    [Theory]
    [InlineData("HTTP/1.1 204 No\r\nContent-Length: 1\r\n\r\n", Http1Error.ContentLengthNotAllowed)]
    [InlineData("HTTP/1.1 204 No\r\nTransfer-Encoding: chunked\r\n\r\n", Http1Error.TransferEncodingNotAllowed)]
    [InlineData("HTTP/1.1 20 OK\r\n\r\n", Http1Error.Syntax)]
    [InlineData("HTTP/1.1 099 OK\r\n\r\n", Http1Error.Syntax)]
    [InlineData("HTTX/1.1 200 OK\r\n\r\n", Http1Error.Syntax)]
    [InlineData("\r\nHTTP/1.1 200 OK\r\n\r\n", Http1Error.Syntax)]
    public void ReadResponse_Invalid_GivesTheError(string text, Http1Error error)
    {
        var parsed = new ParsedStream(false);
        parsed.Feed(Encoding.Latin1.GetBytes(text));
        Assert.Equal(error, parsed.Error);
    }

    [Fact]
    public void Read_EverySplit_GivesTheSame()
    {
        var bytes = Encoding.Latin1.GetBytes(Sample);
        var whole = new ParsedStream(true);
        whole.Feed(bytes);
        Assert.Equal(2, whole.Messages);
        Assert.Equal("hello0123456789", whole.Bodies[0]);
        Assert.Contains("  x-t: t", whole.Text, StringComparison.Ordinal);
        for (var i = 0; i <= bytes.Length; i++)
        {
            var parts = new ParsedStream(true);
            parts.Feed(bytes.AsSpan(0, i));
            Assert.Equal(Http1Error.None, parts.Error);
            parts.Feed(bytes.AsSpan(i));
            Assert.Equal(whole.Text, parts.Text);
        }
    }

    [Theory]
    [InlineData("GET http://b.example/p?q HTTP/1.1\r\nHost: a\r\n\r\n", "b.example", "/p?q")]
    [InlineData("GET http://b.example HTTP/1.1\r\nHost: a\r\n\r\n", "b.example", "/")]
    [InlineData("GET http://b.example?q HTTP/1.1\r\n\r\n", "b.example", "?q")]
    [InlineData("GET /x HTTP/1.1\r\nHost: a\r\n\r\n", "a", "/x")]
    [InlineData("GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "a,b", "/x")]
    [InlineData("CONNECT a:443 HTTP/1.1\r\nHost: z\r\n\r\n", "a:443", "")]
    public void ReadRequest_Target_GivesAuthorityAndPath(string text, string authority, string path)
    {
        var parsed = new ParsedStream(true);
        parsed.Feed(Encoding.Latin1.GetBytes(text));
        Assert.Equal(authority, Encoding.Latin1.GetString(parsed.Heads[0].Get(HeaderId.Authority)));
        Assert.Equal(path, Encoding.Latin1.GetString(parsed.Heads[0].Get(HeaderId.Path)));
    }

    [Fact]
    public void ReadHead_LimitOfBytes_IsExact()
    {
        var text = "GET / HTTP/1.1\r\nA: " + new string('x', 100) + "\r\n\r\n";
        var bytes = Encoding.Latin1.GetBytes(text);
        foreach (var (limit, error) in ((int, Http1Error)[])
            [(bytes.Length, Http1Error.None), (bytes.Length - 1, Http1Error.HeadersTooLarge)])
        {
            var parsed = new ParsedStream(true, new Http1Limits { HeaderBytesMax = limit });
            parsed.Feed(bytes);
            Assert.Equal(error, parsed.Error);
        }
    }

    [Fact]
    public void ReadHead_LimitOfCount_IsExact()
    {
        foreach (var (count, error) in ((int, Http1Error)[])[(100, Http1Error.None), (101, Http1Error.TooManyHeaders)])
        {
            var parsed = new ParsedStream(true);
            var lines = string.Concat(Enumerable.Range(0, count).Select(i => $"a{i}: b\r\n"));
            parsed.Feed(Encoding.Latin1.GetBytes("GET / HTTP/1.1\r\n" + lines + "\r\n"));
            Assert.Equal(error, parsed.Error);
        }
    }

    [Fact]
    public void WriteRequest_ParsedHead_RoundTrips()
    {
        const string Text = "GET /x?y HTTP/1.1\r\nhost: a\r\nx-one: 1\r\naccept: */*\r\n\r\n";
        var parsed = new ParsedStream(true);
        parsed.Feed(Encoding.Latin1.GetBytes(Text));
        var target = new byte[Http1Encoder.HeadBytesMax(parsed.Heads[0])];

        var length = Http1Encoder.WriteRequest(parsed.Heads[0], target);

        Assert.Equal(Text, Encoding.Latin1.GetString(target, 0, length));
        length = Http1Encoder.WriteRequest(parsed.Heads[0], target, HeaderCase.Proper);
        Assert.Contains("Host: a\r\nX-One: 1\r\nAccept: */*", Encoding.Latin1.GetString(target, 0, length),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Parser_WhenWarm_AllocatesNothing()
    {
        var bytes = Encoding.Latin1.GetBytes(Sample);
        var parser = new Http1Parser(true);
        var (headers, trailers) = (new HeaderMap(), new HeaderMap());
        var target = new byte[4096];
        ParseAndWrite(parser, bytes, headers, trailers, target);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            ParseAndWrite(parser, bytes, headers, trailers, target);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void ParseAndWrite(Http1Parser parser, byte[] bytes, HeaderMap headers, HeaderMap trailers,
        byte[] target)
    {
        headers.Clear();
        trailers.Clear();
        parser.BeginMessage();
        var data = bytes.AsSpan();
        parser.ReadHead(data, headers, out var consumed);
        data = data[consumed..];
        while (true)
        {
            var result = parser.ReadBody(data, trailers, out var skip, out var length);
            data = data[(skip + length)..];
            if (result is Http1Result.MessageDone or Http1Result.Invalid)
            {
                break;
            }
        }

        Http1Encoder.WriteRequest(headers, target);
    }
}
