using System.Net;
using System.Net.Sockets;
using Lateen.Local.Platform;

namespace Lateen.Local.Hosting;

/// <summary>Ports of the machine's loopback that lead into the mesh's network, through the control socket.</summary>
internal sealed class HostPorts(string controlSocket) : IDisposable
{
    private readonly Dictionary<string, (Socket Listener, PublishedPort Port)> _open = [];

    public IReadOnlyList<PublishedPort> Open =>
        [.. _open.Values.Select(o => o.Port).OrderBy(p => p.Name, StringComparer.Ordinal)];

    /// <summary>Opens a port on 127.0.0.1: the preferred one, else any that is free.</summary>
    public PublishedPort Publish(PublishedPort wanted)
    {
        if (_open.Remove(wanted.Name, out var old))
        {
            old.Listener.Dispose();
            wanted = wanted with { HostPort = old.Port.HostPort };
        }

        var listener = Listen(wanted.HostPort) ?? Listen(0)
            ?? throw new LocalException("no port is free on 127.0.0.1");
        var port = wanted with { HostPort = ((IPEndPoint)listener.LocalEndPoint!).Port };
        _open[wanted.Name] = (listener, port);
        _ = AcceptAsync(listener, wanted.Target);
        return port;
    }

    public void Dispose()
    {
        foreach (var (listener, _) in _open.Values)
        {
            listener.Dispose();
        }
    }

    private static Socket? Listen(int port)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
            listener.Listen(512);
            return listener;
        }
        catch (SocketException)
        {
            listener.Dispose();
            return null;
        }
    }

    private async Task AcceptAsync(Socket listener, string target)
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptAsync().ConfigureAwait(false);
                client.NoDelay = true;
                _ = ForwardAsync(client, target);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed.
        }
    }

    private async Task ForwardAsync(Socket client, string target)
    {
        using var owned = client;
        try
        {
            using var inside = await new MeshControl(controlSocket).DialAsync(target, CancellationToken.None)
                .ConfigureAwait(false);
            await Relay.RunAsync(client, inside).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // Nobody listens there now: the client sees its connection closed.
        }
    }
}
