using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Lateen.Agent.Status;

/// <summary>One HTTP/1.1 request on a connection of its own.</summary>
internal static class HttpCall
{
    /// <summary>A larger answer is an error.</summary>
    private const int BodyBytesMax = 64 * 1024 * 1024;

    /// <summary>Sends the request and reads the whole answer.</summary>
    /// <exception cref="IOException">The connection broke or the answer is no HTTP.</exception>
    /// <exception cref="SocketException">There is no connection.</exception>
    public static async Task<HttpReply> SendAsync(
        string method,
        string host,
        int port,
        string pathAndQuery,
        IReadOnlyList<(string Name, string Value)> headers,
        CancellationToken cancel,
        bool tls = false,
        IPAddress? source = null)
    {
        using var socket = source is null
            ? new Socket(SocketType.Stream, ProtocolType.Tcp)
            : new Socket(source.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.NoDelay = true;
        if (source is not null)
        {
            socket.Bind(new IPEndPoint(source, 0));
        }
        await socket.ConnectAsync(host, port, cancel);
        await using var plain = new NetworkStream(socket);
        await using var stream = tls ? await SecureAsync(plain, host, cancel) : plain;
        var head = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{method} {pathAndQuery} HTTP/1.1\r\n");
        if (!headers.Any(header => header.Name.Equals("Host", StringComparison.OrdinalIgnoreCase)))
        {
            head.Append(CultureInfo.InvariantCulture, $"Host: {(host.Contains(':') ? $"[{host}]" : host)}:{port}\r\n");
        }
        foreach (var (name, value) in headers)
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }
        if (method == "POST")
        {
            head.Append("Content-Length: 0\r\n");
        }
        head.Append("Connection: close\r\n\r\n");
        await stream.WriteAsync(Encoding.Latin1.GetBytes(head.ToString()), cancel);
        return await ReadAsync(stream, method, cancel);
    }

    private static async Task<HttpReply> ReadAsync(Stream stream, string method, CancellationToken cancel)
    {
        var message = await HttpMessage.ReadHeadAsync(stream, cancel)
            ?? throw new IOException("the peer closed before it answered");
        var line = message.Head.Split("\r\n", 2)[0].Split(' ');
        if (line.Length < 2 || !int.TryParse(line[1], NumberStyles.None, CultureInfo.InvariantCulture, out var status))
        {
            throw new IOException("the answer is no HTTP");
        }
        var answer = HttpMessage.ParseHeaders(message.Head);
        var body = method == "HEAD" || status is 204 or 304
            ? []
            : await ReadBodyAsync(stream, answer, message.Remainder, cancel);
        return new HttpReply(status, answer.GetValueOrDefault("content-type", ""), body)
        {
            Location = answer.GetValueOrDefault("location"),
        };
    }

    private static async Task<byte[]> ReadBodyAsync(
        Stream stream, Dictionary<string, string> headers, byte[] rest, CancellationToken cancel)
    {
        var length = long.TryParse(
            headers.GetValueOrDefault("content-length"), NumberStyles.None, CultureInfo.InvariantCulture,
                out var declared)
            ? declared
            : long.MaxValue;
        using var body = new MemoryStream();
        body.Write(rest);
        var buffer = new byte[16 * 1024];
        while (body.Length < length)
        {
            var read = await stream.ReadAsync(buffer, cancel);
            if (read == 0)
            {
                break;
            }
            body.Write(buffer, 0, read);
            if (body.Length > BodyBytesMax)
            {
                throw new IOException($"the answer is longer than {BodyBytesMax} bytes");
            }
        }
        if (length != long.MaxValue && body.Length < length)
        {
            throw new IOException("the peer closed within its answer");
        }
        var chunked = headers.GetValueOrDefault("transfer-encoding", "")
            .Contains("chunked", StringComparison.OrdinalIgnoreCase);
        return chunked ? Unchunk(body.ToArray()) : body.ToArray();
    }

    // RFC 9112 section 7.1; the connection closes behind the answer, so that all of it is there.
    private static byte[] Unchunk(byte[] framed)
    {
        using var body = new MemoryStream();
        var at = 0;
        while (true)
        {
            var end = framed.AsSpan(at).IndexOf("\r\n"u8);
            if (end < 0 || !int.TryParse(
                Encoding.Latin1.GetString(framed, at, end).Split(';')[0].Trim(),
                NumberStyles.HexNumber,
                CultureInfo.InvariantCulture,
                out var size) || size < 0 || size > framed.Length - at - end - 2)
            {
                throw new IOException("the chunks of the answer do not parse");
            }
            at += end + 2;
            if (size == 0)
            {
                return body.ToArray();
            }
            body.Write(framed, at, size);
            at += size + 2;
        }
    }

    // A kubelet does not verify the certificates of what it probes either.
    private static async Task<Stream> SecureAsync(Stream plain, string host, CancellationToken cancel)
    {
#pragma warning disable CA5359 // Probes ask whether something answers, and send no secret.
        var secure = new SslStream(plain, leaveInnerStreamOpen: true, (_, _, _, _) => true);
#pragma warning restore CA5359
        await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = host }, cancel);
        return secure;
    }
}
