using System.Net;
using System.Net.Sockets;
using Lateen.Local.Cluster;
using Lateen.Local.Loopback;

namespace Lateen.Local.Tests.Loopback;

public sealed class ServiceForwarderTests : IDisposable
{
    private readonly List<Socket> _servers = [];
    private readonly ServiceForwarder _forwarder = new(1, (_, message) => Assert.Fail(message));

    public void Dispose()
    {
        _forwarder.Dispose();
        _servers.ForEach(s => s.Dispose());
    }

    [Fact]
    public async Task Connection_ToAService_ReachesItsReadyEndpointsInTurn()
    {
        var (first, second) = (Serve((byte)'a'), Serve((byte)'b'));
        var address = new IPEndPoint(IPAddress.Parse("127.0.0.77"), FreePort());
        _forwarder.Apply([Service(address, first, second)]);

        var seen = new[] { await AskAsync(address), await AskAsync(address) };

        Assert.Equal("ab", string.Concat(seen.Order()));
    }

    [Fact]
    public void Choose_NoReadyEndpoint_IsAnError()
    {
        var address = new IPEndPoint(IPAddress.Parse("127.0.0.77"), FreePort());
        _forwarder.Apply([Service(address)]);

        Assert.Throws<IOException>(() => _forwarder.Choose(address));
        Assert.Null(_forwarder.Choose(new IPEndPoint(IPAddress.Loopback, 1)));
    }

    private static ServiceView Service(IPEndPoint address, params IPEndPoint[] endpoints) => new(
        "shop", "web", "", $"{address.Address}", [new ServicePortView("http", address.Port, "TCP", null,
            [.. endpoints.Select((e, i) => new EndpointView($"{e.Address}", e.Port, true, false, $"web-{i}"))])]);

    private static async Task<char> AskAsync(IPEndPoint address)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address);
        var buffer = new byte[1];
        await socket.ReceiveAsync(buffer);
        return (char)buffer[0];
    }

    private IPEndPoint Serve(byte answer)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        _servers.Add(listener);
        _ = AnswerAsync(listener, answer);
        return (IPEndPoint)listener.LocalEndPoint!;
    }

    private static async Task AnswerAsync(Socket listener, byte answer)
    {
        try
        {
            while (true)
            {
                using var caller = await listener.AcceptAsync();
                await caller.SendAsync(new byte[] { answer });
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The end.
        }
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.77"), 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
