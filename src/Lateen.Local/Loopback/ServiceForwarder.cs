using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Lateen.Local.Cluster;
using Lateen.Local.Platform;

namespace Lateen.Local.Loopback;

/// <summary>
/// What kube-proxy does, by relaying: a connection to a service's address goes to its ready endpoints, one after the
/// other. It serves whoever has no proxy.
/// </summary>
internal sealed class ServiceForwarder(int lowest, Action<string, string> warn) : IDisposable
{
    private readonly Dictionary<IPEndPoint, (Socket? Listener, ForwarderTarget Target)> _open = [];
    private readonly Lock _lock = new();

    /// <summary>Opens, changes and closes listeners so that they are the services'.</summary>
    public void Apply(IReadOnlyList<ServiceView> services)
    {
        var wanted = new Dictionary<IPEndPoint, IPEndPoint[]>();
        foreach (var service in services.Where(s => s.Address is not null))
        {
            foreach (var port in service.Ports.Where(p => p.Protocol == "TCP"))
            {
                wanted[new IPEndPoint(IPAddress.Parse(service.Address!), port.Port)] =
                [
                    .. port.Endpoints.Where(e => e.Ready)
                        .Select(e => new IPEndPoint(IPAddress.Parse(e.Address), e.Port)),
                ];
            }
        }

        lock (_lock)
        {
            foreach (var gone in _open.Keys.Except(wanted.Keys).ToList())
            {
                _open[gone].Listener?.Dispose();
                _open.Remove(gone);
            }

            foreach (var (address, endpoints) in wanted)
            {
                if (!_open.TryGetValue(address, out var entry))
                {
                    var target = new ForwarderTarget();
                    _open[address] = entry = (Listen(address, target), target);
                }

                entry.Target.Endpoints = endpoints;
            }
        }
    }

    /// <summary>A ready endpoint behind a service's address; null when the address is no service's.</summary>
    /// <exception cref="IOException">The service has no ready endpoint.</exception>
    public IPEndPoint? Choose(IPEndPoint address)
    {
        lock (_lock)
        {
            return !_open.TryGetValue(address, out var entry) ? null
                : entry.Target.Choose() ?? throw new IOException($"the service at {address} has no ready endpoint");
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var (listener, _) in _open.Values)
            {
                listener?.Dispose();
            }

            _open.Clear();
        }
    }

    private Socket? Listen(IPEndPoint address, ForwarderTarget target)
    {
        if (address.Port < lowest)
        {
            // Reached through the node's published ports alone.
            return null;
        }

        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(address);
            listener.Listen(512);
            _ = AcceptAsync(listener, target);
            return listener;
        }
        catch (SocketException e)
        {
            listener.Dispose();
            warn("services", string.Create(CultureInfo.InvariantCulture,
                $"{address} cannot be bound ({e.Message}): programs without a proxy do not reach that service"));
            return null;
        }
    }

    private static async Task AcceptAsync(Socket listener, ForwarderTarget target)
    {
        try
        {
            while (true)
            {
                _ = ForwardAsync(await listener.AcceptAsync().ConfigureAwait(false), target);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed.
        }
    }

    private static async Task ForwardAsync(Socket client, ForwarderTarget target)
    {
        using var owned = client;
        if (target.Choose() is not { } endpoint)
        {
            return;
        }

        using var inside = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            (client.NoDelay, inside.NoDelay) = (true, true);
            await inside.ConnectAsync(endpoint).ConfigureAwait(false);
            await Relay.RunAsync(client, inside).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            // Nobody listens there now: the client sees its connection closed.
        }
    }
}
