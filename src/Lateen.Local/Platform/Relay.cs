using System.Net.Sockets;

namespace Lateen.Local.Platform;

/// <summary>Carries bytes both ways between two sockets until both directions have ended.</summary>
internal static class Relay
{
    private const int BufferBytes = 32 * 1024;

    public static async Task RunAsync(Socket a, Socket b)
    {
        await Task.WhenAll(CopyAsync(a, b), CopyAsync(b, a)).ConfigureAwait(false);
    }

    private static async Task CopyAsync(Socket from, Socket to)
    {
        var buffer = new byte[BufferBytes];
        try
        {
            int count;
            while ((count = await from.ReceiveAsync(buffer.AsMemory()).ConfigureAwait(false)) > 0)
            {
                for (var sent = 0; sent < count;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent)).ConfigureAwait(false);
                }
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // One side broke off; the other must learn of it.
            from.Dispose();
            to.Dispose();
        }
    }
}
