using Lateen.Http.Http2;
using Lateen.Net;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Http;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Tests.Runtime;

public sealed class Http2ServerConnectionTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-up: a\r\n\r\nok";

    [Theory]
    [InlineData(CodecType.Auto)]
    [InlineData(CodecType.Http2)]
    public void Get_ByPriorKnowledge_IsForwarded(object codec)
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        upstream.Script.Add(Ok);
        var client = Start(harness, upstream, (CodecType)codec);

        client.Request("/x", true, "x-y: z");
        harness.Until("response", () => client.HasEnded(1));

        Assert.StartsWith(":status: 200\nx-up: a\ncontent-length: 2\n", Sorted(client.Received(1)),
            StringComparison.Ordinal);
        Assert.EndsWith("ok[end]", client.Received(1), StringComparison.Ordinal);
        Assert.Contains("x-y: z\r\n", Assert.Single(upstream.Requests), StringComparison.Ordinal);
        Assert.Equal(1, Read(harness, HttpStat.DownstreamRqHttp2Total));
    }

    [Fact]
    public void Get_ManyStreamsAtOnce_AllAreAnswered()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        upstream.Script.Add(Ok);
        var client = Start(harness, upstream);
        for (var i = 0; i < 100; i++)
        {
            client.Request("/x", true);
        }

        harness.Until("responses", () => client.Streams.All(client.HasEnded));

        Assert.Equal(100, Read(harness, HttpStat.DownstreamRqTotal));
        Assert.Equal(0, Read(harness, HttpStat.DownstreamRqActive));
        Assert.Equal(1, Read(harness, HttpStat.DownstreamCxTotal));
    }

    [Fact]
    public void Post_BodyAndTrailers_ArriveChunked()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        var client = Start(harness, upstream);

        var stream = client.Request("/x", false);
        client.SendData(stream, "hello"u8, false);
        client.SendHeaders(stream, true, "x-t: 1");
        harness.Until("request", () => upstream.Peers.Count == 1
            && upstream.Peers[0].Received.EndsWith("5\r\nhello\r\n0\r\n\r\n", StringComparison.Ordinal));
    }

    [Fact]
    public void Response_WindowOfTheClient_IsKept()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        upstream.Script.Add("HTTP/1.1 200 OK\r\ncontent-length: 200000\r\n\r\n" + new string('x', 200_000));
        var client = Start(harness, upstream, window: Http2Limits.DefaultWindow);
        client.Consumes = false;

        var stream = client.Request("/x", true);
        harness.Until("window", () => client.Received(1).Length > 65_535);
        harness.Loop.RunOnce(5);
        harness.Loop.RunOnce(5);
        Assert.Equal(65_535, Body(client).Length);

        client.Session.Consumed(stream, 65_535);
        client.Consumes = true;
        client.Connection!.Send();
        harness.Until("more", () => Body(client).Length > 65_535);
    }

    [Theory]
    [InlineData(167)]
    [InlineData(168)]
    [InlineData(172)]
    public void Response_EndsWhileItsUpstreamIsResumed_IsWholeOnce(int chunks)
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        var body = string.Concat(Enumerable.Repeat("3e8\r\n" + new string('x', 1000) + "\r\n", chunks));
        upstream.Script.Add("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + body + "0\r\n\r\n");
        var client = Start(harness, upstream, window: 100_000);
        client.Consumes = false;
        var stream = client.Request("/x", true);
        harness.Until("window", () => Body(client).Length == 100_000);
        for (var i = 0; i < 5; i++)
        {
            harness.Loop.RunOnce(2);
        }

        // All that waits fits: it goes out, the upstream is read on and ends in the midst of that.
        client.Consumes = true;
        client.Session.Consumed(stream, 100_000);
        client.Connection!.Send();
        harness.Until("end", () => client.HasEnded(1));

        Assert.Equal((chunks * 1000) + "[end]".Length, Body(client).Length);
        Assert.Equal(0, Read(harness, HttpStat.DownstreamRqActive));
        Assert.Equal(1, Read(harness, HttpStat.DownstreamRqTotal));
    }

    [Fact]
    public void Reset_ByTheClient_ReachesTheUpstream()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        var client = Start(harness, upstream);
        var stream = client.Request("/x", true);
        harness.Until("request", () => upstream.Peers.Count == 1 && upstream.Peers[0].Received.Length > 0);

        client.Session.ResetStream(stream, Http2ErrorCode.Cancel);
        client.Connection!.Send();
        harness.Until("reset", () => upstream.Peers[0].IsOver);

        Assert.Equal(1, Read(harness, HttpStat.DownstreamRqRxReset));
        Assert.Equal(0, Read(harness, HttpStat.DownstreamRqActive));
    }

    [Fact]
    public void Drain_OfTheListener_SendsTwoGoAwaysAndWaitsForStreams()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        var client = Start(harness, upstream, drainNanos: 20_000_000);
        client.Request("/x", true);
        harness.Until("request", () => upstream.Peers.Count == 1 && upstream.Peers[0].Received.Length > 0);

        harness.Runtime.DrainListeners(false, true, true);
        harness.Until("goaways", () => client.GoAways == "2147483647;1;");
        Assert.False(client.IsOver);
        upstream.Peers[0].Send(Ok);
        harness.Until("response", () => client.HasEnded(1));
        harness.Until("end", () => client.IsOver);
    }

    [Fact]
    public void InvalidRequest_EndsTheConnection()
    {
        using var harness = new RuntimeHarness();
        var client = Start(harness, harness.AddUpstream());

        client.Request("/x", true, "te: gzip");
        harness.Until("end", () => client.IsOver);

        Assert.Equal(1, Read(harness, HttpStat.DownstreamCxProtocolError));
    }

    private static Http2Peer Start(
        RuntimeHarness harness, FakeUpstream upstream, CodecType codec = CodecType.Auto,
        long drainNanos = 5_000_000_000, int window = 16 * 1024 * 1024)
    {
        harness.AddCluster("c", null, upstream.Address);
        var action = new RouteAction { Cluster = harness.Clusters.GetOrAdd("c") };
        var address = harness.Listen(harness.Manager(
            _ => new RouterFilter { Name = "router" }, [RuntimeHarness.Route("/x", action)], codec, drainNanos));
        var client = new Http2Peer(false, new Http2Limits { InitialStreamWindow = window });
        client.Begin(Connection.Connect(
            harness.Loop, client, NetAddresses.ToNet(address), default, SocketOptions.Default));
        return client;
    }

    private static string Body(Http2Peer client)
    {
        var text = client.Received(1);
        return text[(text.LastIndexOf('\n') + 1)..];
    }

    /// <summary>Without date, server and times.</summary>
    private static string Sorted(string text)
    {
        var lines = text.Split('\n');
        return string.Concat(new[] { ":status", "x-up", "content-length" }
            .Select(name => lines.First(line => line.StartsWith(name, StringComparison.Ordinal)) + "\n"));
    }

    private static long Read(RuntimeHarness harness, HttpStat stat) =>
        new HttpStats(harness.Stats, "test").Scope.Read((int)stat);
}
