using System.Text;
using Lateen.Http.Http1;

namespace Lateen.Http.Tests;

/// <summary>Header lines are written in steps beyond their end: nothing of that may be left.</summary>
public sealed class HeaderLinesTests
{
    [Fact]
    public void Lines_OfAnyLength_AreWrittenWhole()
    {
        var headers = new HeaderMap();
        var expected = new StringBuilder("GET / HTTP/1.1\r\n");
        headers.Add(HeaderId.Method, "GET"u8);
        headers.Add(HeaderId.Path, "/"u8);
        for (var length = 0; length < 600; length += length < 80 ? 1 : 37)
        {
            var value = new string((char)('a' + (length % 26)), length);
            headers.Add(Encoding.ASCII.GetBytes($"x-{length:D3}"), Encoding.ASCII.GetBytes(value));
            headers.Add(HeaderId.Accept, Encoding.ASCII.GetBytes(value));
            headers.Add(HeaderId.XEnvoyUpstreamRqTimeoutMs, ""u8);
            expected.Append($"x-{length:D3}: {value}\r\naccept: {value}\r\nx-envoy-upstream-rq-timeout-ms: \r\n");
        }

        var target = new byte[Http1Encoder.HeadBytesMax(headers)];
        var written = Http1Encoder.WriteRequest(headers, target);

        Assert.Equal(expected.Append("\r\n").ToString(), Encoding.ASCII.GetString(target, 0, written));
    }

    [Fact]
    public void Room_TooSmall_IsRefused()
    {
        var headers = new HeaderMap();
        headers.Add(HeaderId.Accept, "text/plain"u8);
        var target = new byte[8];
        Assert.Throws<ArgumentOutOfRangeException>(() => Http1Encoder.WriteTrailers(headers, target));
    }
}
