using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Lateen.Core.Logging;
using AddressProto = Envoy.Config.Core.V3.Address;

namespace Lateen.Proxy.Admin;

/// <summary>
/// The admin port: a thread that takes connections and one for each of the few that are open, kept as long as the
/// client uses them. A slow client is cut off after five seconds, an idle one after a minute. On a loopback address,
/// requests that a browser may have been led to make (a foreign host name or origin) are refused.
/// </summary>
internal sealed class AdminServer(ProxyServer server, Logger log) : IDisposable
{
    private const int RequestBytesMax = 64 * 1024;
    private const int TimeoutMillis = 5000;
    private const int IdleMillis = 60_000;
    private const int ConnectionsMax = 32;
    private const int StackBytes = 512 * 1024;

    private readonly AdminPages _pages = new(server);
    private readonly AdminStats _stats = new(server.Stats);
    private readonly HashSet<Socket> _connections = [];
    private readonly Lock _lock = new();
    private Socket? _socket;
    private Thread? _thread;
    private bool _isLoopback;
    private volatile bool _stopping;

    /// <summary>Binds; null, or why the address cannot be had.</summary>
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
        if (_socket.LocalEndPoint is IPEndPoint bound)
        {
            _isLoopback = IPAddress.IsLoopback(bound.Address);
            if (addressPath is not null)
            {
                File.WriteAllText(addressPath, bound.ToString());
            }
        }
        return null;
    }

    /// <summary>Takes connections from now on; those that came before have waited.</summary>
    public void Serve()
    {
        _thread = new Thread(Run, StackBytes) { Name = "admin", IsBackground = true };
        _thread.Start();
    }

    public void Dispose()
    {
        _stopping = true;
        _socket?.Dispose();
        lock (_lock)
        {
            foreach (var connection in _connections)
            {
                connection.Dispose();
            }
        }
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
                var connection = _socket!.Accept();
                if (!TryKeep(connection))
                {
                    connection.Dispose();
                    continue;
                }
                new Thread(() => Serve(connection), StackBytes) { Name = "admin-conn", IsBackground = true }.Start();
            }
            catch (SocketException)
            {
                // The port was closed to stop, or a client left before it was taken.
            }
            catch (ObjectDisposedException)
            {
                return;
            }
        }
    }

    private bool TryKeep(Socket connection)
    {
        lock (_lock)
        {
            return _connections.Count < ConnectionsMax && _connections.Add(connection);
        }
    }

    private void Serve(Socket connection)
    {
        _stats.OnConnection();
        var begun = server.Clock.GetTimestamp();
        var isLocal = false;
        try
        {
            connection.SendTimeout = TimeoutMillis;
            if (connection.AddressFamily != AddressFamily.Unix)
            {
                connection.NoDelay = true;
            }
            var rest = Array.Empty<byte>();
            while (!_stopping && ServeOne(connection, ref rest, out isLocal))
            {
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The client left, was too slow, or the port was closed to stop.
        }
        finally
        {
            lock (_lock)
            {
                _connections.Remove(connection);
            }
            connection.Dispose();
            _stats.OnClosed(isLocal, (long)server.Clock.GetElapsedTime(begun).TotalMilliseconds);
        }
    }

    /// <summary>Answers one request; false when the connection is to be closed.</summary>
    private bool ServeOne(Socket connection, ref byte[] rest, out bool isLocal)
    {
        isLocal = false;
        if (ReadHead(connection, ref rest) is not { } head)
        {
            return false;
        }
        var lines = head.Split("\r\n");
        var line = lines[0].Split(' ');
        var fields = lines.Skip(1).Select(field => field.Split(':', 2)).Where(pair => pair.Length == 2)
            .GroupBy(pair => pair[0].Trim().ToLowerInvariant())
            .ToDictionary(group => group.Key, group => group.First()[1].Trim());
        if (ReadBody(connection, fields, ref rest) is not { } body)
        {
            return false;
        }
        _stats.OnRequest(head.Length + 4 + body.Length);
        var begun = server.Clock.GetTimestamp();
        var isOld = line.Length < 3 || line[2] == "HTTP/1.0";
        var close = isOld || fields.GetValueOrDefault("connection", "").Contains("close", StringComparison.Ordinal);
        var response = line.Length < 3 ? AdminResponse.Text("bad request\n", 400)
            : IsForeign(fields) ? AdminResponse.Text("host or origin not allowed\n", 403)
            : Answer(AdminRequest.Parse(line[0], line[1], body));
        var sent = Send(connection, response, line[0] == "HEAD", isOld, close);
        _stats.OnResponse(response.Status, sent, (long)server.Clock.GetElapsedTime(begun).TotalMilliseconds);
        if (response.Stream is { } stream)
        {
            if (stream.Run(connection, !isOld) is not { } more)
            {
                return false;
            }
            rest = [.. rest, .. more];
        }
        isLocal = close;
        return !close;
    }

    private static string? ReadHead(Socket connection, ref byte[] rest)
    {
        var bytes = new byte[Math.Max(4096, rest.Length)];
        rest.CopyTo(bytes, 0);
        var length = rest.Length;
        connection.ReceiveTimeout = length > 0 ? TimeoutMillis : IdleMillis;
        int end;
        while ((end = bytes.AsSpan(0, length).IndexOf("\r\n\r\n"u8)) < 0)
        {
            if (length == bytes.Length)
            {
                if (length >= RequestBytesMax)
                {
                    return null;
                }
                Array.Resize(ref bytes, length * 2);
            }
            var received = connection.Receive(bytes, length, bytes.Length - length, SocketFlags.None);
            if (received == 0)
            {
                return null;
            }
            length += received;
            connection.ReceiveTimeout = TimeoutMillis;
        }
        rest = bytes[(end + 4)..length];
        return Encoding.ASCII.GetString(bytes, 0, end);
    }

    /// <summary>Takes a small body off the wire; null for larger and chunked ones, which end the
    /// connection.</summary>
    private static byte[]? ReadBody(Socket connection, Dictionary<string, string> fields, ref byte[] rest)
    {
        if (fields.ContainsKey("transfer-encoding")
            || !int.TryParse(fields.GetValueOrDefault("content-length", "0"), out var length)
            || length is < 0 or > RequestBytesMax)
        {
            return null;
        }
        var body = new byte[length];
        var at = Math.Min(length, rest.Length);
        rest.AsSpan(0, at).CopyTo(body);
        rest = rest[at..];
        while (at < length)
        {
            var received = connection.Receive(body, at, length - at, SocketFlags.None);
            if (received == 0)
            {
                return null;
            }
            at += received;
        }
        return body;
    }

    /// <summary>Names that resolve to this machine by someone else's doing must not reach a loopback port.</summary>
    private bool IsForeign(Dictionary<string, string> fields)
    {
        if (!_isLoopback)
        {
            return false;
        }
        var origin = fields.GetValueOrDefault("origin", "");
        var isOwn = origin.Length == 0
            || (Uri.TryCreate(origin, UriKind.Absolute, out var uri) && IsLocalName(uri.Host));
        return !isOwn || !IsLocalName(HostOnly(fields.GetValueOrDefault("host", "")));
    }

    private static string HostOnly(string host)
    {
        var colon = host.LastIndexOf(':');
        return (colon > 0 && host[^1] != ']' && host.IndexOf(':', StringComparison.Ordinal) is var first
            && (first == colon || host[colon - 1] == ']') ? host[..colon] : host).Trim('[', ']');
    }

    private static bool IsLocalName(string host) => host.Length == 0
        || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase) || IPAddress.TryParse(host, out _);

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

    /// <summary>Gives the number of bytes.</summary>
    private int Send(Socket connection, AdminResponse response, bool headOnly, bool isOld, bool close)
    {
        var reason = response.Status switch
        {
            200 => "OK",
            400 => "Bad Request",
            403 => "Forbidden",
            404 => "Not Found",
            405 => "Method Not Allowed",
            501 => "Not Implemented",
            503 => "Service Unavailable",
            _ => "Internal Server Error",
        };
        var date = server.Clock.GetUtcNow().ToString("R", CultureInfo.InvariantCulture);
        var framing = !isOld ? "transfer-encoding: chunked\r\n"
            : response.Stream is null ? $"content-length: {response.Body.Length}\r\n" : "";
        var output = new ByteBuffer(response.Body.Length + 512);
        output.Write($"HTTP/1.1 {response.Status} {reason}\r\ncontent-type: {response.ContentType}\r\n"
            + $"cache-control: no-cache, max-age=0\r\nx-content-type-options: nosniff\r\ndate: {date}\r\n"
            + $"server: envoy\r\n{framing}{(close ? "connection: close\r\n" : "")}\r\n");
        if (!headOnly && isOld)
        {
            output.Write(response.Body);
        }
        else if (!headOnly)
        {
            if (response.Body.Length > 0)
            {
                output.Write($"{response.Body.Length:x}\r\n");
                output.Write(response.Body);
                output.Write("\r\n"u8);
            }
            if (response.Stream is null)
            {
                output.Write("0\r\n\r\n"u8);
            }
        }
        for (var at = 0; at < output.Length;)
        {
            at += connection.Send(output.Written[at..], SocketFlags.None);
        }
        if (close && response.Stream is null)
        {
            connection.Shutdown(SocketShutdown.Both);
        }
        return output.Length;
    }
}
