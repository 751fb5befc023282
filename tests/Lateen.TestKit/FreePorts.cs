using System.Net;
using System.Net.Sockets;

namespace Lateen.TestKit;

/// <summary>
/// Ports for programs that must be told their port before they start. They lie below those that the kernel gives to
/// outgoing connections (32768 and up), so that no connection takes one meanwhile; those of one process are never given
/// twice.
/// </summary>
public static class FreePorts
{
    private const int First = 20_000;
    private const int Count = 12_000;

    // Test processes that run at once begin at different places.
    private static int _next = Environment.ProcessId * 97 % Count;

    /// <summary>A port that nobody listens on.</summary>
    public static int Take()
    {
        for (var tries = 0; tries < Count; tries++)
        {
            var port = First + (Interlocked.Increment(ref _next) % Count);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Any, port));
                return port;
            }
            catch (SocketException)
            {
                // Taken.
            }
        }

        throw new InvalidOperationException("no port is free");
    }
}
