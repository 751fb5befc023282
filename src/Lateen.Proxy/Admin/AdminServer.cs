using System.Net;
using System.Net.Sockets;
using System.Text;
using Lateen.Core.Logging;
using AddressProto = Envoy.Config.Core.V3.Address;

namespace Lateen.Proxy.Admin;

/// <summary>
/// The admin port: one thread that takes a connection, answers one request and closes. Requests are few and small; a
/// slow client is
/// cut off after five seconds.
/// </summary>
internal sealed class AdminServer(ProxyServer server, Logger log) : IDisposable
{
    private const int RequestBytesMax = 64 * 1024;
    private const int TimeoutMillis = 5000;

    private readonly AdminPages _pages = new(server);
    private Socket? _socket;
    private Thread? _thread;
    private volatile bool _stopping;

    /// <summary>Binds and starts; null, or why the address cannot be had.</summary>
    public string? Start(AddressProto address, string? addressPath)
    {
        try
        {
            _socket = Listen(address);
        }
        catch (SocketException e)
        {
            var port = address.SocketAddress?.PortValue;
            return $"cannot bind admin address '{address.SocketAddress?.Address}:{port}': {e.Message}"
                + (e.SocketErrorCode == SocketError.AddressAlreadyInUse ? " (another process uses the port)" : "");
        }
        if (addressPath is not null && _socket.LocalEndPoint is IPEndPoint bound)
        {
            File.WriteAllText(addressPath, bound.ToString());
        }
        _thread = new Thread(Run, 512 * 1024) { Name = "admin", IsBackground = true };
        _thread.Start();
        return null;
    }

    public void Dispose()
    {
        _stopping = true;
        _socket?.Dispose();
        if (Thread.CurrentThread != _thread)
        {
            _thread?.Join(TimeSpan.FromSeconds(2));
        }
    }

    private static Socket Listen(AddressProto address)
    {
        if (address.Pipe is { } pipe)
        {
            File.Delete(pipe.Path);
            var local = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            local.Bind(new UnixDomainSocketEndPoint(pipe.Path));
            local.Listen(64);
            return local;
        }
        var endPoint =
            new IPEndPoint(IPAddress.Parse(address.SocketAddress.Address), (int)address.SocketAddress.PortValue);
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        try
        {
            socket.Bind(endPoint);
            socket.Listen(128);
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
        return socket;
    }

    private void Run()
    {
        while (!_stopping)
        {
            try
            {
                using var connection = _socket!.Accept();
                connection.ReceiveTimeout = TimeoutMillis;
                connection.SendTimeout = TimeoutMillis;
                Serve(connection);
            }
            catch (SocketException)
            {
                // The client left, was too slow, or the port was closed to stop.
            }
            catch (ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Serve(Socket connection)
    {
        var bytes = new byte[4096];
        var length = 0;
        int end;
        while ((end = bytes.AsSpan(0, length).IndexOf("\r\n\r\n"u8)) < 0)
        {
            if (length == bytes.Length)
            {
                if (length >= RequestBytesMax)
                {
                    return;
                }
                Array.Resize(ref bytes, length * 2);
            }
            var received = connection.Receive(bytes, length, bytes.Length - length, SocketFlags.None);
            if (received == 0)
            {
                return;
            }
            length += received;
        }
        var head = Encoding.ASCII.GetString(bytes, 0, end);
        DrainBody(connection, head, length - end - 4);
        var line = head.Split("\r\n", 2)[0].Split(' ');
        var response = line.Length < 3
            ? AdminResponse.Text("bad request\n", 400)
            : Answer(AdminRequest.Parse(line[0], line[1]));
        Send(connection, response, line[0] == "HEAD");
    }

    /// <summary>Takes a small body off the wire, so that closing does not reset the connection.</summary>
    private static void DrainBody(Socket connection, string head, int alreadyRead)
    {
        foreach (var field in head.Split("\r\n"))
        {
            if (field.StartsWith("content-length:", StringComparison.OrdinalIgnoreCase)
                && int.TryParse(field.AsSpan(15).Trim(), out var bodyBytes) && bodyBytes <= RequestBytesMax)
            {
                var rest = new byte[Math.Max(0, bodyBytes - alreadyRead)];
                for (var at = 0; at < rest.Length;)
                {
                    var received = connection.Receive(rest, at, rest.Length - at, SocketFlags.None);
                    if (received == 0)
                    {
                        return;
                    }
                    at += received;
                }
            }
        }
    }

    private AdminResponse Answer(AdminRequest request)
    {
        try
        {
            return _pages.Get(request);
        }
#pragma warning disable CA1031 // The edge of one request: a page that fails must not end the process.
        catch (Exception e)
#pragma warning restore CA1031
        {
            log.Error($"{request.Path} failed: {e}");
            return AdminResponse.Text($"{e.Message}\n", 500);
        }
    }

    private static void Send(Socket connection, AdminResponse response, bool headOnly)
    {
        var reason = response.Status switch
        {
            200 => "OK",
            400 => "Bad Request",
            404 => "Not Found",
            405 => "Method Not Allowed",
            503 => "Service Unavailable",
            _ => "Internal Server Error",
        };
        var head = $"HTTP/1.1 {response.Status} {reason}\r\ncontent-type: {response.ContentType}\r\n"
            + $"cache-control: no-cache, max-age=0\r\nx-content-type-options: nosniff\r\nserver: envoy\r\n"
            + $"content-length: {response.Body.Length}\r\nconnection: close\r\n\r\n";
        connection.Send(Encoding.ASCII.GetBytes(head));
        for (var at = 0; at < response.Body.Length && !headOnly;)
        {
            at += connection.Send(response.Body, at, response.Body.Length - at, SocketFlags.None);
        }
        connection.Shutdown(SocketShutdown.Both);
    }
}
