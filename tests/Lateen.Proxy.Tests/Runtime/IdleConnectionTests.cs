using System.Net.Sockets;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Http;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Tests.Runtime;

/// <summary>
/// What a client's connection costs that has had one answer and rests. Counted are all managed bytes that the worker's
/// thread makes from accepting to the end of the answer, once pools are warm: what stays, its share of the loop's
/// tables, and what is garbage by then. Clients are kernel sockets, connected and written to outside of what is
/// counted. Native memory is not counted: a resting connection has no block
/// (<c>Pools_WhenAllRests_HaveEverythingBack</c>).
/// </summary>
public sealed class IdleConnectionTests
{
    /// <summary>The goal that was set for a connection (decision 0420).</summary>
    private const int BytesMax = 512;

    private const int WarmCount = 80;
    private const int Count = 400;
    private const int TurnsMax = 5000;

    private static readonly byte[] Request = [.. "GET /x HTTP/1.1\r\nhost: a.example\r\n\r\n"u8];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Connection_AfterARequest_CostsLittle(bool isAutomatic)
    {
        using var harness = new RuntimeHarness();
        var address = Listen(harness, isAutomatic ? CodecType.Auto : CodecType.Http1);
        var clients = new List<Socket>();
        Open(harness, address, clients, WarmCount);

        var bytes = Open(harness, address, clients, Count);

        clients.ForEach(static client => client.Dispose());
        Assert.InRange(bytes / Count, 1, BytesMax);
    }

    [Fact]
    public void Pools_WhenAllRests_HaveEverythingBack()
    {
        using var harness = new RuntimeHarness();
        var address = Listen(harness, CodecType.Auto);
        var clients = new List<Socket>();

        Open(harness, address, clients, WarmCount);

        Assert.Equal(WarmCount, harness.Worker.ConnectionCount);
        Assert.Equal(0, harness.Loop.Buffers.RentedCount);
        Assert.Equal(0, harness.Loop.Buffers.RentedChainCount);
        clients.ForEach(static client => client.Dispose());
    }

    private static Address Listen(RuntimeHarness harness, CodecType codec)
    {
        var route = new Route
        {
            Match = new RouteMatcher { Path = new PathMatcher { Kind = PathMatchKind.Prefix, Text = [.. "/"u8] } },
            DirectResponse = new DirectResponseAction { Status = 200, Body = [.. "ok"u8] },
        };
        return harness.Listen(harness.Manager(_ => new RouterFilter { Name = "router" }, [route], codec));
    }

    /// <summary>Opens connections that make one request each. Gives the bytes that the loop's turns have
    /// made.</summary>
    private static long Open(RuntimeHarness harness, Address address, List<Socket> clients, int count)
    {
        var first = clients.Count;
        for (var i = 0; i < count; i++)
        {
            var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            client.Connect(address.ToIPEndPoint());
            client.Send(Request);
            clients.Add(client);
        }

        long bytes = 0;
        for (var turn = 0; turn < TurnsMax && clients.Exists(static client => client.Available == 0); turn++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            harness.Loop.RunOnce(1);
            bytes += GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.Equal(first + count, harness.Worker.ConnectionCount);
        return bytes;
    }
}
