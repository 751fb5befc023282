using Lateen.Http.Http2;
using Lateen.Net;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Tests.Runtime;

public sealed class Http2ClientConnectionTests
{
    [Fact]
    public void Requests_AtOnce_ShareOneConnection()
    {
        using var harness = new RuntimeHarness();
        using var upstream = new FakeHttp2Upstream(harness.Loop) { WhenRequest = FakeHttp2Upstream.Answer };
        var client = Start(harness, upstream.Address);
        for (var i = 0; i < 50; i++)
        {
            client.Request("/x", true, "te: trailers");
        }

        harness.Until("responses", () => client.Streams.All(client.HasEnded));

        var peer = Assert.Single(upstream.Peers);
        Assert.Equal(50, peer.Streams.Count);
        Assert.Contains("te: trailers\n", peer.Received(1), StringComparison.Ordinal);
        Assert.EndsWith("okgrpc-status: 0\n[end]", client.Received(1), StringComparison.Ordinal);
        Assert.Equal(1, Read(harness, ClusterStat.UpstreamCxHttp2Total));
        Assert.Equal(50, Read(harness, ClusterStat.UpstreamRqTotal));
        Assert.Equal(0, Read(harness, ClusterStat.UpstreamRqActive));
    }

    [Fact]
    public void Request_FromHttp1_IsTranslated()
    {
        using var harness = new RuntimeHarness();
        using var upstream = new FakeHttp2Upstream(harness.Loop) { WhenRequest = FakeHttp2Upstream.Answer };
        var client = harness.Connect(Listen(harness, upstream.Address, null, UpstreamProtocol.Http2));
        client.Send("POST /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");

        harness.Until("response", () => client.Received.EndsWith("0\r\n\r\n", StringComparison.Ordinal));

        var request = upstream.Peers[0].Received(1);
        Assert.Contains(":method: POST\n", request, StringComparison.Ordinal);
        Assert.Contains(":scheme: http\n", request, StringComparison.Ordinal);
        Assert.DoesNotContain("transfer-encoding", request, StringComparison.Ordinal);
        Assert.EndsWith("abc[end]", request, StringComparison.Ordinal);
    }

    [Fact]
    public void UseDownstream_TakesTheProtocolOfTheRequest()
    {
        using var harness = new RuntimeHarness();
        using var upstream = new FakeHttp2Upstream(harness.Loop) { WhenRequest = FakeHttp2Upstream.Answer };
        var client = Start(harness, upstream.Address, protocol: UpstreamProtocol.UseDownstream);

        client.Request("/x", true);
        harness.Until("response", () => client.HasEnded(1));

        Assert.Equal(1, Read(harness, ClusterStat.UpstreamCxHttp2Total));
    }

    [Fact]
    public void Limit_OfThePeer_OpensAnotherConnection()
    {
        using var harness = new RuntimeHarness();
        using var upstream = new FakeHttp2Upstream(harness.Loop)
        {
            Limits = new Http2Limits { MaxConcurrentStreams = 1 },
        };
        var client = Start(harness, upstream.Address);
        client.Request("/x", true);
        harness.Until("first", () => upstream.Peers.Count == 1 && upstream.Peers[0].HasEnded(1));
        client.Request("/x", true);

        harness.Until("second", () => upstream.Peers.Count == 2 && upstream.Peers[1].HasEnded(1));
        Assert.Equal(2, Read(harness, ClusterStat.UpstreamCxTotal));
    }

    [Fact]
    public void GoAway_StreamNotTaken_IsRetriedOnAnotherConnection()
    {
        using var harness = new RuntimeHarness();
        var refused = false;
        using var upstream = new FakeHttp2Upstream(harness.Loop);
        upstream.WhenRequest = (peer, stream) =>
        {
            if (refused)
            {
                FakeHttp2Upstream.Answer(peer, stream);
                return;
            }

            refused = true;
            peer.Session.WriteGoAway(0, Http2ErrorCode.NoError);
            peer.Connection!.Send();
        };
        var policy = new RetryPolicy { On = RetryOn.RefusedStream, RetryCount = 1 };
        var client = Start(harness, upstream.Address, policy);

        client.Request("/x", true);
        harness.Until("response", () => client.HasEnded(1));

        Assert.Contains(":status: 200", client.Received(1), StringComparison.Ordinal);
        Assert.Equal(2, upstream.Peers.Count);
        Assert.Equal(1, Read(harness, ClusterStat.UpstreamCxCloseNotify));
        Assert.Equal(1, Read(harness, ClusterStat.UpstreamRqRetry));
    }

    [Fact]
    public void Reset_ByThePeer_EndsOneRequestOnly()
    {
        using var harness = new RuntimeHarness();
        using var upstream = new FakeHttp2Upstream(harness.Loop);
        var client = Start(harness, upstream.Address);
        client.Request("/x", true);
        client.Request("/x", true);
        harness.Until("requests", () => upstream.Peers.Count == 1 && upstream.Peers[0].HasEnded(3));
        var peer = upstream.Peers[0];

        peer.Session.ResetStream(peer.OpenStreams[0], Http2ErrorCode.Cancel);
        FakeHttp2Upstream.Answer(peer, peer.OpenStreams[1]);
        harness.Until("both", () => client.HasEnded(1) && client.HasEnded(3));

        Assert.Contains(client.Streams, id => client.Received(id).Contains(":status: 503", StringComparison.Ordinal));
        Assert.Contains(client.Streams, id => client.Received(id).Contains(":status: 200", StringComparison.Ordinal));
        Assert.Equal(1, Read(harness, ClusterStat.UpstreamRqRxReset));
    }

    [Fact]
    public void Body_LargerThanTheUpstreamsWindow_StopsTheClient()
    {
        using var harness = new RuntimeHarness();
        using var upstream = new FakeHttp2Upstream(harness.Loop)
        {
            Limits = new Http2Limits { InitialStreamWindow = 65_535 },
        };
        var client = Start(harness, upstream.Address);
        var stream = client.Request("/x", false);
        harness.Until("connection", () => upstream.Peers.Count == 1);
        upstream.Peers[0].Consumes = false;
        var sent = 0;
        for (var i = 0; i < 400; i++)
        {
            if (client.Session.SendableBytes(stream) >= 16_384)
            {
                client.SendData(stream, new byte[16_384], false);
                sent += 16_384;
            }

            harness.Loop.RunOnce(1);
        }

        // The proxy's own window of 16 MiB bounds what it takes; only the upstream's is passed on.
        Assert.InRange(sent, 65_535, 16 * 1024 * 1024);
        Assert.Equal(65_535, upstream.Peers[0].Received(1).Length - Head(upstream.Peers[0]).Length);
        Assert.Equal(1, Read(harness, ClusterStat.UpstreamFlowControlBackedUpTotal));
    }

    [Fact]
    public void Forwarding_Http2BothSidesWhenWarm_AllocatesNothing()
    {
        using var harness = new RuntimeHarness();
        var upstream = new Http2Quiet(true);
        using var socket =
            new ListenSocket(harness.Loop, upstream, NetAddress.V4(0x7F000001, 0), SocketOptions.Default);
        socket.Start();
        var address = Listen(harness, NetAddresses.ToAddress(socket.LocalAddress), null, UpstreamProtocol.Http2);
        var client = new Http2Quiet(false);
        client.Begin(Connection.Connect(
            harness.Loop, client, NetAddresses.ToNet(address), default, SocketOptions.Default));
        harness.Until("warm", () => client.Count > 300);

        var target = client.Count + 1000;
        var before = GC.GetAllocatedBytesForCurrentThread();
        while (client.Count < target)
        {
            harness.Loop.RunOnce(1000);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(1, upstream.ConnectionCount);
    }

    private static string Head(Http2Peer peer)
    {
        var text = peer.Received(1);
        return text[..(text.LastIndexOf('\n') + 1)];
    }

    private static Http2Peer Start(
        RuntimeHarness harness, Address upstream, RetryPolicy? policy = null,
        UpstreamProtocol protocol = UpstreamProtocol.Http2)
    {
        var address = Listen(harness, upstream, policy, protocol);
        var client = new Http2Peer(false);
        client.Begin(Connection.Connect(
            harness.Loop, client, NetAddresses.ToNet(address), default, SocketOptions.Default));
        return client;
    }

    private static Address Listen(
        RuntimeHarness harness, Address upstream, RetryPolicy? policy, UpstreamProtocol protocol)
    {
        var config = new ClusterConfig { Name = "c", Http = new UpstreamHttpOptions { Protocol = protocol } };
        harness.AddCluster("c", config, upstream);
        var action = new RouteAction { Cluster = harness.Clusters.GetOrAdd("c"), RetryPolicy = policy };
        return harness.Listen(harness.Manager(RuntimeHarness.Route("/x", action)));
    }

    private static long Read(RuntimeHarness harness, ClusterStat stat) =>
        new ClusterStats(harness.Stats, "c").Scope.Read((int)stat);
}
