using System.Net;
using System.Net.Sockets;

namespace Bookinfo.Service;

/// <summary>
/// Calls another service by its name, as any application does: no word of a mesh, but it hands on the headers that tie
/// the calls of one request together, and goes through the proxy that the usual variable names.
/// </summary>
internal sealed class Caller(Options options)
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(10);

    private static readonly HashSet<string> _handedOn = new(StringComparer.OrdinalIgnoreCase)
    {
        "x-request-id", "traceparent", "tracestate", "x-b3-traceid", "x-b3-spanid", "x-b3-parentspanid", "x-b3-sampled",
        "x-b3-flags", "b3", "x-ot-span-context", "x-cloud-trace-context", "end-user", "user-agent", "authorization",
    };

    /// <summary>GET of a path. An unreachable or silent service gives 503, as a library would throw.</summary>
    public async Task<Reply> GetAsync(string service, string path, Message cause)
    {
        var (host, port) = (options.Host(service), options.ServicePort(service));
        List<KeyValuePair<string, string>> headers = [new("host", $"{host}:{port}")];
        headers.AddRange(cause.Headers.Where(h => _handedOn.Contains(h.Key)));
        headers.Add(new("connection", "close"));
        try
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            using var timeout = new CancellationTokenSource(_timeout);
            await using var abort = timeout.Token.Register(socket.Dispose);
            // A proxy gets the whole URL and looks the name up itself.
            var proxy = options.Proxy;
            var addresses = await Dns.GetHostAddressesAsync(
                proxy?.Host ?? host, AddressFamily.InterNetwork, timeout.Token).ConfigureAwait(false);
            await socket.ConnectAsync(new IPEndPoint(addresses[0], proxy?.Port ?? port), timeout.Token)
                .ConfigureAwait(false);
            var target = proxy is null ? path : $"http://{host}:{port}{path}";
            await socket.SendAsync(new Message(["GET", target, "HTTP/1.1"], headers, []).ToBytes())
                .ConfigureAwait(false);
            var answer = await Message.ReadAsync(new MessageReader(socket)).ConfigureAwait(false);
            return answer is not null && int.TryParse(answer.FirstLine[1], out var status)
                ? new Reply(status, answer.Text, answer.Header("content-type") ?? "text/plain")
                : new Reply(503, Json.Error($"{host} closed the connection"));
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException
            or IndexOutOfRangeException)
        {
            return new Reply(503, Json.Error($"{host} cannot be reached: {e.Message}"));
        }
    }
}
