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

    private static Http1Result Read(Http1Limits limits, byte[] bytes, out HeaderMap headers)
    {
        var parser = new Http1Parser(true, limits);
        headers = new HeaderMap();
        parser.BeginMessage();
        return parser.ReadHead(bytes, headers, out _);
    }
}
