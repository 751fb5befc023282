using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Bookinfo.Service;

/// <summary>A small HTTP/1.1 server: kept-alive connections, one handler for all requests.</summary>
internal sealed class HttpServer(IPAddress address, int port, Func<Message, Task<Reply>> handler)
{
    /// <summary>Serves until cancelled; requests under way are then finished.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var listener =
            new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (address.Equals(IPAddress.IPv6Any))
        {
            listener.DualMode = true;
        }

        listener.Bind(new IPEndPoint(address, port));
        listener.Listen(512);
        var connections = new HashSet<Task>();
        try
        {
            while (true)
            {
                var socket = await listener.AcceptAsync(stop).ConfigureAwait(false);
                connections.RemoveWhere(c => c.IsCompleted);
                connections.Add(ServeAsync(socket, stop));
            }
        }
        catch (OperationCanceledException)
        {
            // A handler may hang on a peer of its own; the end does not wait for it longer than this.
            await Task.WhenAny(Task.WhenAll(connections), Task.Delay(TimeSpan.FromSeconds(2), CancellationToken.None))
                .ConfigureAwait(false);
        }
    }

    private async Task ServeAsync(Socket socket, CancellationToken stop)
    {
        using var owned = socket;
        socket.NoDelay = true;
        // An idle connection reads its end at once; a request that came whole is still answered.
        using var ending = stop.Register(() => Shutdown(socket));
        try
        {
            var reader = new MessageReader(socket);
            while (await Message.ReadAsync(reader).ConfigureAwait(false) is { } request)
            {
                var reply = await handler(request).ConfigureAwait(false);
                var close = stop.IsCancellationRequested || request.Header("connection") == "close";
                var head = request.FirstLine[0] == "HEAD";
                await socket.SendAsync(Build(reply, close, head)).ConfigureAwait(false);
                if (close)
                {
                    return;
                }
            }
        }
        catch (SocketException)
        {
            // The peer went away.
        }
    }

    private static void Shutdown(Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Receive);
        }
        catch (SocketException)
        {
            // The peer went away.
        }
    }

    private static byte[] Build(Reply reply, bool close, bool head)
    {
        var body = Encoding.UTF8.GetBytes(reply.Body);
        List<KeyValuePair<string, string>> headers =
        [
            new("content-type", reply.ContentType),
            new("content-length", body.Length.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        ];
        if (close)
        {
            headers.Add(new("connection", "close"));
        }

        var first = $"HTTP/1.1 {reply.Status} {(HttpStatusCode)reply.Status}".Split(' ', 3);
        return new Message(first, headers, head ? [] : body).ToBytes();
    }
}
