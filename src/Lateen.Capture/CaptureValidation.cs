using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Lateen.Core.Logging;

namespace Lateen.Capture;

/// <summary>
/// Finds out whether redirection works: listens where the proxy will listen, connects to an address that the rules
/// redirect, and looks whether the kernel still knows the original destination.
/// </summary>
public sealed class CaptureValidation(CaptureOptions options, TimeProvider clock, Logger log)
{
    private const int SoOriginalDst = 80;
    private const int SolSocket = 1;
    private const int SoReusePort = 15;
    private static readonly TimeSpan _connectInterval = TimeSpan.FromSeconds(1);

    private IPAddress Listen => options.HostIsIPv6 ? IPAddress.IPv6Loopback : IPAddress.Loopback;

    private IPAddress Target => IPAddress.Parse(options.HostIsIPv6 ? "::6" : "127.0.0.6");

    /// <summary>True when a redirected connection came in before the time was up.</summary>
    public async Task<bool> RunAsync()
    {
        using var timeout = new CancellationTokenSource(options.ProbeTimeout, clock);
        List<Socket> listeners = [];
        try
        {
            List<Task<bool>> accepts = [];
            foreach (var port in (string[])[options.ProxyPort, options.InboundCapturePort])
            {
                if (TryListen(port) is { } listener)
                {
                    listeners.Add(listener);
                    accepts.Add(AcceptAsync(listener, timeout.Token));
                }
            }

            if (listeners.Count == 0)
            {
                return false;
            }

            var connects = ConnectAsync(timeout.Token);
            while (accepts.Count > 0)
            {
                var done = await Task.WhenAny(accepts).ConfigureAwait(false);
                if (await done.ConfigureAwait(false))
                {
                    await timeout.CancelAsync().ConfigureAwait(false);
                    await connects.ConfigureAwait(false);
                    return true;
                }

                accepts.Remove(done);
            }

            await connects.ConfigureAwait(false);
            return false;
        }
        finally
        {
            listeners.ForEach(l => l.Dispose());
        }
    }

    private Socket? TryListen(string port)
    {
        var socket = new Socket(Listen.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.SetRawSocketOption(SolSocket, SoReusePort, [1, 0, 0, 0]);
            socket.Bind(new IPEndPoint(Listen, int.Parse(port, CultureInfo.InvariantCulture)));
            socket.Listen();
            return socket;
        }
        catch (Exception e) when (e is SocketException or FormatException)
        {
            log.Error($"validation cannot listen on port {port}: {e.Message}");
            socket.Dispose();
            return null;
        }
    }

    private async Task<bool> AcceptAsync(Socket listener, CancellationToken cancel)
    {
        try
        {
            while (true)
            {
                using var connection = await listener.AcceptAsync(cancel).ConfigureAwait(false);
                if (OriginalPort(connection) == options.ProbePort)
                {
                    return true;
                }
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return false;
        }
    }

    private static int OriginalPort(Socket connection)
    {
        // struct sockaddr_in and sockaddr_in6 both begin with family and port, the port in network order.
        var level = connection.AddressFamily == AddressFamily.InterNetwork ? 0 : 41;
        Span<byte> address = stackalloc byte[28];
        connection.GetRawSocketOption(level, SoOriginalDst, address);
        return BinaryPrimitives.ReadUInt16BigEndian(address[2..]);
    }

    private async Task ConnectAsync(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                using var socket = new Socket(Listen.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(Listen, 0));
                await socket.ConnectAsync(new IPEndPoint(Target, options.ProbePort), cancel).ConfigureAwait(false);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // Tried again until the time is up.
            }

            await Task.Delay(_connectInterval, clock, cancel)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
