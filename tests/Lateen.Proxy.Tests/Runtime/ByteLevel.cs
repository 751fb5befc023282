using Lateen.Net;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Tests.Runtime;

/// <summary>A client and an upstream that allocate nothing themselves, for counting what the proxy allocates.</summary>
internal static class ByteLevel
{
    private static readonly byte[] Request =
        [.. "GET /x HTTP/1.1\r\nhost: a.example\r\naccept: */*\r\nx-y: z\r\n\r\n"u8];
    private static readonly byte[] Response = [.. "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-up: a\r\n\r\nok"u8];

    public static (Client Client, Upstream Upstream) Start(RuntimeHarness harness, params HttpFilter[] filters)
    {
        var upstream = new Upstream(harness.Loop);
        harness.AddCluster("c", null, NetAddresses.ToAddress(upstream.Socket.LocalAddress));
        var action = new RouteAction { Cluster = harness.Clusters.GetOrAdd("c") };
        var address = harness.Listen(harness.Manager(
            _ => new RouterFilter { Name = "router" }, [RuntimeHarness.Route("/x", action)], before: filters));
        var client = new Client();
        var connection = Connection.Connect(
            harness.Loop, client, NetAddresses.ToNet(address), default, SocketOptions.Default);
        connection.Output.Append(Request);
        connection.Send();
        return (client, upstream);
    }

    internal abstract class Peer : IConnectionCallbacks
    {
        public void OnConnected(Connection connection)
        {
        }

        public abstract void OnData(Connection connection);

        public void OnEndOfStream(Connection connection)
        {
        }

        public void OnAboveHighWatermark(Connection connection)
        {
        }

        public void OnBelowLowWatermark(Connection connection)
        {
        }

        public void OnClosed(Connection connection, CloseReason reason)
        {
        }
    }

    internal sealed class Client : Peer
    {
        public int Count { get; private set; }

        public override void OnData(Connection connection)
        {
            connection.Input.Consume(connection.Input.Length);
            Count++;
            connection.Output.Append(Request);
            connection.Send();
        }
    }

    internal sealed class Upstream : Peer, IAcceptCallbacks
    {
        public Upstream(EventLoop loop)
        {
            Socket = new ListenSocket(loop, this, NetAddress.V4(0x7F000001, 0), SocketOptions.Default);
            Socket.Start();
        }

        public ListenSocket Socket { get; }

        public int ConnectionCount { get; private set; }

        public void OnAccept(Connection connection)
        {
            ConnectionCount++;
            connection.SetCallbacks(this);
        }

        public override void OnData(Connection connection)
        {
            connection.Input.Consume(connection.Input.Length);
            connection.Output.Append(Response);
            connection.Send();
        }
    }
}
