using Lateen.Http.Http2;
using Lateen.Net;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Http;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Tests.Runtime;

/// <summary>Tunnels (CONNECT, upgrades) and deadlines of gRPC with HTTP/2 on some side.</summary>
public sealed class Http2TunnelTests
{
    [Fact]
    public void Connect_EndedHere_CarriesBytesBothWays()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        var client = Start(harness, upstream.Address, UpstreamProtocol.Http1, new RouteAction
        {
            Cluster = harness.Clusters.GetOrAdd("c"),
            Upgrades = [("connect", true)],
            TerminatesConnect = true,
        }, isConnect: true);

        var stream = client.Open(false, ":method: CONNECT", ":authority: dest.example:443");
        harness.Until("200", () => client.Received(1).StartsWith(":status: 200", StringComparison.Ordinal));
        client.SendData(stream, "to"u8, false);
        harness.Until("bytes", () => upstream.Peers[0].Received == "to");
        upstream.Peers[0].Send("back");
        harness.Until("answer", () => client.Received(1).EndsWith("back", StringComparison.Ordinal));
        upstream.Peers[0].Connection!.Close(CloseType.FlushWrite);

        harness.Until("end", () => client.HasEnded(1));
    }

    [Fact]
    public void ExtendedConnect_ToAnHttp1Upstream_IsAnUpgrade()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        upstream.Script.Add("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\nhi");
        var client = Start(harness, upstream.Address, UpstreamProtocol.Http1, new RouteAction
        {
            Cluster = harness.Clusters.GetOrAdd("c"),
        });

        client.Open(false, ":method: CONNECT", ":protocol: websocket", ":scheme: http", ":path: /x", ":authority: a");
        harness.Until("bytes", () => client.Received(1).EndsWith("hi", StringComparison.Ordinal));

        Assert.StartsWith(":status: 200\n", client.Received(1), StringComparison.Ordinal);
        Assert.StartsWith("GET /x HTTP/1.1\r\n", upstream.Requests[0], StringComparison.Ordinal);
        Assert.Contains("upgrade: websocket\r\n", upstream.Requests[0], StringComparison.Ordinal);
    }

    [Fact]
    public void GrpcTimeout_LimitedByTheRoute_EndsTheCallAndTellsTheUpstream()
    {
        using var harness = new RuntimeHarness();
        using var upstream = new FakeHttp2Upstream(harness.Loop);
        var client = Start(harness, upstream.Address, UpstreamProtocol.Http2, new RouteAction
        {
            Cluster = harness.Clusters.GetOrAdd("c"),
            HasMaxStreamDuration = true,
            GrpcTimeoutHeaderMaxNanos = 300_000_000,
        });

        client.Request("/x", true, "content-type: application/grpc", "te: trailers", "grpc-timeout: 10S");
        harness.Until("answer", () => client.HasEnded(1));

        Assert.Contains("grpc-status: 4\n", client.Received(1), StringComparison.Ordinal);
        Assert.Contains("grpc-timeout: 300m\n", upstream.Peers[0].Received(1), StringComparison.Ordinal);
    }

    private static Http2Peer Start(
        RuntimeHarness harness, Address upstream, UpstreamProtocol protocol, RouteAction action,
        bool isConnect = false)
    {
        var config = new ClusterConfig { Name = "c", Http = new UpstreamHttpOptions { Protocol = protocol } };
        harness.AddCluster("c", config, upstream);
        var route = isConnect
            ? new Route
            {
                Match = new RouteMatcher { Path = new PathMatcher { Kind = PathMatchKind.Connect } },
                Action = action,
            }
            : RuntimeHarness.Route("/x", action);
        var address = harness.Listen(harness.Manager(
            _ => new RouterFilter { Name = "router" }, [route], CodecType.Http2, 5_000_000_000,
            new Http2Limits { AllowConnect = true }));
        var client = new Http2Peer(false);
        client.Begin(Connection.Connect(
            harness.Loop, client, NetAddresses.ToNet(address), default, SocketOptions.Default));
        return client;
    }
}
