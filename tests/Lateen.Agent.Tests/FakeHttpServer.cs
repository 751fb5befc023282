using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Lateen.Agent.Tests;

/// <summary>An HTTP server on loopback that notes what it was asked; a function makes the raw answer.</summary>
internal sealed class FakeHttpServer : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Func<string, string> _answer;
    private readonly List<(string Line, Dictionary<string, string> Headers)> _requests = [];

    public FakeHttpServer(Func<string, string> answer)
    {
        _answer = answer;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _ = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Called before each answer with "METHOD target".</summary>
    public Action<string>? Asked { get; set; }

    public IReadOnlyList<(string Line, Dictionary<string, string> Headers)> TakeRequests()
    {
        lock (_requests)
        {
            var all = _requests.ToList();
            _requests.Clear();
            return all;
        }
    }

    public static string Reply(int status, string body, string headers = "") =>
        $"HTTP/1.1 {status} X\r\n{headers}Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}";

    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var socket = await _listener.AcceptAsync();
                await using var stream = new NetworkStream(socket);
                var text = "";
                var buffer = new byte[4096];
                while (!text.Contains("\r\n\r\n", StringComparison.Ordinal))
                {
                    var read = await stream.ReadAsync(buffer);
                    if (read == 0)
                    {
                        break;
                    }
                    text += Encoding.Latin1.GetString(buffer, 0, read);
                }
                var lines = text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
                if (lines.Length == 0)
                {
                    continue;
                }
                var line = lines[0].Replace(" HTTP/1.1", "", StringComparison.Ordinal);
                lock (_requests)
                {
                    _requests.Add((line, lines.Skip(1).Select(l => l.Split(": ", 2)).ToDictionary(
                        h => h[0], h => h[1], StringComparer.OrdinalIgnoreCase)));
                }
                Asked?.Invoke(line);
                await stream.WriteAsync(Encoding.UTF8.GetBytes(_answer(line)));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
        {
            // The test is over.
        }
    }
}
