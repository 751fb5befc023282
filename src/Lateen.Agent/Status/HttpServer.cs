using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Lateen.Agent.Status;

/// <summary>
/// An HTTP/1.1 server for a handful of paths that answers one request per connection. It stands in for a web framework,
/// which would cost a sidecar more memory than all else that the agent does.
/// </summary>
public sealed class HttpServer : IAsyncDisposable
{
    private const int ConnectionsMax = 128;

    private readonly Func<HttpRequest, CancellationToken, Task<HttpReply>> _handle;
    private readonly TimeProvider _clock;
    private readonly List<Socket> _listeners = [];
    private readonly List<Task> _loops = [];
    private readonly CancellationTokenSource _stop = new();
    private int _connections;

    /// <summary>A server that does not listen yet.</summary>
    public HttpServer(Func<HttpRequest, CancellationToken, Task<HttpReply>> handle, TimeProvider clock)
    {
        _handle = handle;
        _clock = clock;
    }

    /// <summary>How long one request may take; default 30 s.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Listens; port 0 takes a free one.</summary>
    /// <returns>Where it listens.</returns>
    /// <exception cref="SocketException">The address is in use or may not be bound.</exception>
    public IPEndPoint Listen(IPEndPoint endPoint)
    {
        var listener = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (endPoint.Address.Equals(IPAddress.IPv6Any))
        {
            listener.DualMode = true;
        }
        _listeners.Add(listener);
        listener.Bind(endPoint);
        listener.Listen();
        _loops.Add(AcceptAsync(listener));
        return (IPEndPoint)listener.LocalEndPoint!;
    }

    /// <summary>Refuses new connections from now on; requests under way are answered.</summary>
    public void StopListening()
    {
        foreach (var listener in _listeners)
        {
            listener.Dispose();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        StopListening();
        await _stop.CancelAsync();
        await Task.WhenAll(_loops);
        _stop.Dispose();
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (true)
        {
            try
            {
                var socket = await listener.AcceptAsync(_stop.Token);
                if (Interlocked.Increment(ref _connections) > ConnectionsMax)
                {
                    Interlocked.Decrement(ref _connections);
                    socket.Dispose();
                    continue;
                }
                _ = ServeAsync(socket);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                // A closed listener shows so too; any other error concerns one connection.
                if (e.SocketErrorCode is SocketError.OperationAborted or SocketError.InvalidArgument
                    or SocketError.NotSocket)
                {
                    return;
                }
            }
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            using var deadline = new CancellationTokenSource(RequestTimeout, _clock);
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            if (await HttpMessage.ReadHeadAsync(stream, deadline.Token) is not { } message)
            {
                return;
            }
            var words = message.Head.Split("\r\n", 2)[0].Split(' ');
            var reply = words.Length == 3
                ? await _handle(
                    new HttpRequest(
                        words[0],
                        words[1].Split('?', 2)[0],
                        HttpMessage.ParseHeaders(message.Head),
                        ((IPEndPoint)socket.RemoteEndPoint!).Address),
                    deadline.Token)
                : HttpReply.Text(400, "Bad Request");
            await WriteAsync(stream, reply, withBody: words[0] != "HEAD", deadline.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException
            or ObjectDisposedException)
        {
            // The client has gone away or is too slow.
        }
        finally
        {
            Interlocked.Decrement(ref _connections);
        }
    }

    private static async Task WriteAsync(Stream stream, HttpReply reply, bool withBody, CancellationToken cancel)
    {
        var head = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {reply.Status} {(HttpStatusCode)reply.Status}\r\n");
        if (reply.ContentType.Length > 0)
        {
            head.Append(CultureInfo.InvariantCulture, $"Content-Type: {reply.ContentType}\r\n");
        }
        head.Append(CultureInfo.InvariantCulture, $"Content-Length: {reply.Body.Length}\r\nConnection: close\r\n\r\n");
        byte[] bytes = [.. Encoding.Latin1.GetBytes(head.ToString()), .. withBody ? reply.Body : []];
        await stream.WriteAsync(bytes, cancel);
    }
}
