using System.Text;
using Lateen.Http;
using Lateen.Http.Http1;

namespace Lateen.Simulation.Tests.Fuzz;

/// <summary>
/// HTTP/1 messages, mostly right: cut anywhere they give the same; what is accepted has one framing and clean headers,
/// and reads the same again after it was written by our encoder.
/// </summary>
internal sealed class Http1Target(bool isRequest) : IFuzzTarget
{
    private const string Token = "abcXYZ019-_!#$%&'*+.^`|~";

    public string Name => isRequest ? "http1-request" : "http1-response";

    public long CasesByDefault => 20_000;

    public void Run(FuzzInput input)
    {
        var bytes = input.Mutate(Encoding.Latin1.GetBytes(Messages(input)));
        var whole = Feed(bytes, [bytes.Length]);
        var cut = Feed(bytes, input.Cuts(bytes.Length));
        Assert.Equal(whole, cut);
    }

    private string Messages(FuzzInput input)
    {
        var text = new StringBuilder();
        for (var i = input.Between(1, 3); i > 0; i--)
        {
            Message(input, text);
        }

        return text.ToString();
    }

    private void Message(FuzzInput input, StringBuilder text)
    {
        var version = input.Pick("HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "http/1.1");
        text.Append(isRequest
            ? $"{input.Pick("GET", "POST", "HEAD", "CONNECT", "OPTIONS", "PRI", input.Text(Token, 8))} "
                + $"{input.Pick("/", "/a?b", "*", "http://h/x", "h:80", input.Text("/%.?#ab\\", 12))} {version}\r\n"
            : $"{version} {input.Pick("200", "204", "304", "101", "100", "999", input.Text("0123456789", 4))} "
                + $"{input.Pick("OK", "", "No Way")}\r\n");
        text.Append(input.Pick("Host: a\r\n", "Host: a\r\n", ""));
        for (var i = input.Below(5); i > 0; i--)
        {
            text.Append(Header(input));
        }

        var body = input.Text("abc\r\n0", 40);
        switch (input.Below(4))
        {
            case 0:
                text.Append("\r\n");
                break;
            case 1:
                text.Append(System.Globalization.CultureInfo.InvariantCulture,
                    $"Content-Length: {(input.Chance(0.9) ? body.Length : input.Below(50))}\r\n\r\n{body}");
                break;
            default:
                text.Append("Transfer-Encoding: chunked\r\n\r\n");
                for (var i = input.Below(3); i > 0; i--)
                {
                    var piece = input.Text("xyz", 20);
                    text.Append(System.Globalization.CultureInfo.InvariantCulture,
                        $"{piece.Length:x}{input.Pick("", "", ";a=b", ";a=\"c\"")}\r\n{piece}\r\n");
                }

                text.Append(input.Pick("0\r\n\r\n", "0\r\n\r\n", "0\r\nA: b\r\n\r\n", "0\r\n"));
                break;
        }
    }

    private static string Header(FuzzInput input) => input.Pick(
        $"{input.Text(Token, 10)}: {input.Text("abc \t,;=\"", 15)}\r\n",
        "Connection: close\r\n", "Connection: keep-alive, Upgrade\r\n", "Upgrade: websocket\r\n",
            "Expect: 100-continue\r\n",
        "Content-Length: 5\r\n", "Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: chunked\r\n",
            "Host: b\r\n",
        "TE: trailers\r\n", "Cookie: a=b; c=d\r\n", " folded\r\n");

    /// <summary>One line per event; the error ends it.</summary>
    private string Feed(byte[] bytes, List<int> cuts)
    {
        var parser = new Http1Parser(isRequest);
        var (headers, trailers, log) = (new HeaderMap(), new HeaderMap(), new StringBuilder());
        var (at, inBody, body) = (0, false, new StringBuilder());
        _over = false;
        foreach (var end in cuts)
        {
            while (!_over
                && Step(parser, bytes.AsSpan(at, end - at), headers, trailers, log, body, ref inBody, out var consumed))
            {
                at += consumed;
            }

            at += _last;
            if (parser.Error != Http1Error.None)
            {
                // Which of several faults is told may depend on how much was there.
                log.Append("error");
                break;
            }
        }

        return log.Append(body).ToString();
    }

    private int _last;
    private bool _over;

    /// <summary>False when more bytes are needed or nothing more can come.</summary>
    private bool Step(Http1Parser parser, ReadOnlySpan<byte> data, HeaderMap headers, HeaderMap trailers,
        StringBuilder log, StringBuilder body, ref bool inBody, out int consumed)
    {
        if (!inBody)
        {
            var head = parser.ReadHead(data, headers, out consumed);
            _last = consumed;
            Assert.InRange(consumed, 0, data.Length);
            if (head != Http1Result.HeadDone)
            {
                return false;
            }

            inBody = true;
            CheckHead(parser, headers, log);
            return true;
        }

        var result = parser.ReadBody(data, trailers, out var skip, out var length);
        consumed = _last = skip + length;
        Assert.InRange(consumed, 0, data.Length);
        body.Append(Encoding.Latin1.GetString(data.Slice(skip, length)));
        if (result == Http1Result.MessageDone)
        {
            log.Append(body).AppendLine();
            body.Clear();
            if (parser.HasUpgrade || parser.Framing == Http1Framing.Tunnel)
            {
                _over = true;
                return false;
            }

            parser.BeginMessage();
            headers.Clear();
            trailers.Clear();
            inBody = false;
            return true;
        }

        return result == Http1Result.Data;
    }

    private void CheckHead(Http1Parser parser, HeaderMap headers, StringBuilder log)
    {
        for (var i = 0; i < headers.Count; i++)
        {
            var value = headers.GetValue(i);
            Assert.True(value.IndexOfAny((byte)0, (byte)'\r', (byte)'\n') < 0, "a control character in a value");
            Assert.True(headers.GetName(i).IndexOfAny("\0\r\n "u8) < 0,
                "a broken name");
            log.Append(Encoding.Latin1.GetString(headers.GetName(i))).Append('=')
                .Append(Encoding.Latin1.GetString(value)).Append(';');
        }

        log.Append(parser.Framing).Append(parser.ContentLength).AppendLine();
        if (parser.Framing == Http1Framing.Chunked)
        {
            Assert.Equal(-1, parser.ContentLength);
        }

        Reread(headers);
    }

    /// <summary>What we write for this head is read as the same head.</summary>
    private void Reread(HeaderMap headers)
    {
        var space = new byte[Http1Encoder.HeadBytesMax(headers)];
        var length = isRequest ? Http1Encoder.WriteRequest(headers, space) : Http1Encoder.WriteResponse(headers, space);
        var again = new HeaderMap();
        var parser = new Http1Parser(isRequest);
        var result = parser.ReadHead(space.AsSpan(0, length), again, out var consumed);
        Assert.True(result == Http1Result.HeadDone, $"what we write is {result} {parser.Error}: "
            + Encoding.Latin1.GetString(space, 0, length));
        Assert.Equal(length, consumed);
    }
}
