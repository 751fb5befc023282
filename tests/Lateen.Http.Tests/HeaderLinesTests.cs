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
    public void LinesOfAMessage_ChangedAnywhere_AreWrittenAsTheyAre()
    {
        var random = new Random(4711);
        for (var round = 0; round < 2000; round++)
        {
            var headers = Parse(random);
            for (var changes = random.Next(6); changes > 0; changes--)
            {
                Change(headers, random);
            }

            var target = new byte[Http1Encoder.HeadBytesMax(headers)];
            var written = Http1Encoder.WriteRequest(headers, target);

            Assert.Equal(Expected(headers), Encoding.ASCII.GetString(target, 0, written));
        }
    }

    private static HeaderMap Parse(Random random)
    {
        var text = new StringBuilder("GET / HTTP/1.1\r\nHost: h\r\n");
        string[] names = ["Accept", "User-Agent", "X-Own", "X-Other", "Cookie", "X-Name-Longer-Than-Thirty-One-Bytes"];
        for (var lines = random.Next(8); lines > 0; lines--)
        {
            var name = names[random.Next(names.Length)];
            text.Append($"{name}:{new string(' ', random.Next(3))}{new string('v', random.Next(300))}\r\n");
        }

        var headers = new HeaderMap();
        var parser = new Http1Parser(true, new Http1Limits());
        var bytes = Encoding.ASCII.GetBytes(text.Append("\r\n").ToString());
        Assert.Equal(Http1Result.HeadDone, parser.ReadHead(bytes, headers, out _));
        return headers;
    }

    private static void Change(HeaderMap headers, Random random)
    {
        var index = random.Next(2, headers.Count);
        switch (random.Next(7))
        {
            case 0:
                headers.SetValue(index, "changed"u8);
                break;
            case 1:
                headers.AppendValue(index, "more"u8, ", "u8);
                break;
            case 2 when headers.GetId(index) != HeaderId.Authority:
                headers.RemoveAt(index);
                break;
            case 3:
                headers.Remove("x-own"u8);
                break;
            case 4:
                headers.Set(HeaderId.Accept, "set"u8);
                break;
            case 5:
                headers.Add("x-added"u8, "value"u8);
                break;
            default:
                headers.Remove(HeaderId.Cookie);
                break;
        }
    }

    private static string Expected(HeaderMap headers)
    {
        var text = new StringBuilder("GET / HTTP/1.1\r\n");
        text.Append($"host: {Encoding.ASCII.GetString(headers.Get(HeaderId.Authority))}\r\n");
        for (var i = 0; i < headers.Count; i++)
        {
            if (!HeaderIds.IsPseudo(headers.GetId(i)))
            {
                var value = Encoding.ASCII.GetString(headers.GetValue(i));
                text.Append($"{Encoding.ASCII.GetString(headers.GetName(i))}: {value}\r\n");
            }
        }

        return text.Append("\r\n").ToString();
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
