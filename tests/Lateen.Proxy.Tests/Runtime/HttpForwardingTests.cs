using Lateen.Proxy.Addresses;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Tests.Runtime;

public sealed class HttpForwardingTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-up: a\r\n\r\nok";
    private const string Get = "GET /x HTTP/1.1\r\nhost: a.example\r\n\r\n";

    [Fact]
    public void Get_RouteToCluster_ForwardsBothWays()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        upstream.Script.Add(Ok);
        var client = Start(harness, upstream.Address);

        client.Send(Get);
        harness.Until("response", () => client.Received.EndsWith("ok", StringComparison.Ordinal));

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", client.Received, StringComparison.Ordinal);
        Assert.Contains("x-up: a\r\n", client.Received, StringComparison.Ordinal);
        Assert.Contains("server: envoy\r\n", client.Received, StringComparison.Ordinal);
        Assert.Contains("\r\ndate: ", client.Received, StringComparison.Ordinal);
        var request = Assert.Single(upstream.Requests);
        Assert.StartsWith("GET /x HTTP/1.1\r\nhost: a.example\r\n", request, StringComparison.Ordinal);
        Assert.Contains("x-forwarded-proto: http\r\n", request, StringComparison.Ordinal);
        Assert.Contains("x-request-id: ", request, StringComparison.Ordinal);
        Assert.Contains("x-envoy-expected-rq-timeout-ms: 15000\r\n", request, StringComparison.Ordinal);
    }

    [Fact]
    public void Get_ManyOnOneConnection_ReusesTheUpstreamConnection()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        upstream.Script.Add(Ok);
        var client = Start(harness, upstream.Address);
        for (var i = 0; i < 20; i++)
        {
            client.Forget();
            client.Send(Get);
            harness.Until("response", () => client.Received.EndsWith("ok", StringComparison.Ordinal));
        }

        Assert.Equal(20, upstream.Requests.Count);
        Assert.Single(upstream.Peers);
    }

    [Fact]
    public void Post_AnsweredWhileItsBodyIsHeldUp_RestIsNoRequest()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        var client = Start(harness, upstream.Address);
        client.Send("POST /x HTTP/1.1\r\nhost: a.example\r\ntransfer-encoding: chunked\r\n\r\n");
        harness.Until("request", () => upstream.Peers.Count == 1 && upstream.Peers[0].Received.Length > 0);
        upstream.Peers[0].Connection!.ReadDisable(true);
        var chunk = "2b\r\nGET /smuggled HTTP/1.1\r\nhost: a.example\r\n\r\n\r\n";
        client.Send(string.Concat(Enumerable.Repeat(chunk, 400_000)));
        harness.Until("held up", () => HasStopped(harness, client));

        upstream.Peers[0].Send(Ok);
        harness.Until("response", () => client.Received.Contains("ok", StringComparison.Ordinal));
        harness.Until("end", () => client.IsOver);

        Assert.EndsWith("\r\n\r\nok", client.Received, StringComparison.Ordinal);
        Assert.Equal(1, client.Received.Split("HTTP/1.1 ").Length - 1);
        Assert.Single(upstream.Peers);
    }

    [Fact]
    public void Get_Pipelined_AnswersInOrder()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        upstream.Script.AddRange([
            "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n1", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n2",
            "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n3"]);
        var client = Start(harness, upstream.Address);

        client.Send(Get + Get + Get);
        harness.Until("responses", () => client.Received.EndsWith('3'));

        Assert.True(client.Received.IndexOf("\r\n\r\n1", StringComparison.Ordinal)
            < client.Received.IndexOf("\r\n\r\n2", StringComparison.Ordinal));
    }

    [Fact]
    public void Post_Chunked_PassesChunksAndEnd()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        var client = Start(harness, upstream.Address);

        client.Send("POST /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n");
        harness.Until("first chunk", () => upstream.Peers.Count == 1
            && upstream.Peers[0].Received.EndsWith("5\r\nhello\r\n", StringComparison.Ordinal));
        client.Send("1\r\n!\r\n0\r\n\r\n");
        harness.Until("end", () =>
            upstream.Peers[0].Received.EndsWith("1\r\n!\r\n0\r\n\r\n", StringComparison.Ordinal));
        upstream.Peers[0].Send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
        harness.Until("response", () => client.Received.EndsWith("3\r\nabc\r\n0\r\n\r\n", StringComparison.Ordinal));
    }

    [Fact]
    public void Post_LargeBodyBothWays_KeepsEveryByte()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        var client = Start(harness, upstream.Address);
        var body = new string('x', 3_000_000) + "end";

        client.Send($"POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: {body.Length}\r\n\r\n{body}");
        harness.Until("request", () => upstream.Peers.Count == 1
            && upstream.Peers[0].Received.EndsWith("end", StringComparison.Ordinal));
        upstream.Peers[0].Send($"HTTP/1.1 200 OK\r\ncontent-length: {body.Length}\r\n\r\n{body}");
        harness.Until("response", () => client.Received.EndsWith("end", StringComparison.Ordinal));

        Assert.EndsWith("\r\n\r\n" + body, client.Received, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n" + body, upstream.Peers[0].Received, StringComparison.Ordinal);
    }

    [Fact]
    public void Response_UntilClose_BecomesChunked()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        upstream.Script.Add("HTTP/1.1 200 OK\r\n\r\nabc");
        var client = Start(harness, upstream.Address);

        client.Send(Get);
        harness.Until("body", () => client.Received.EndsWith("3\r\nabc\r\n", StringComparison.Ordinal));
        upstream.Peers[0].Connection!.EndWrite();
        harness.Until("end", () => client.Received.EndsWith("0\r\n\r\n", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("GET / HTTP/1.0\r\n\r\n", "HTTP/1.1 426 Upgrade Required")]
    [InlineData("GET /x HTTP/1.1\r\n\r\n", "HTTP/1.1 400 Bad Request")]
    [InlineData("OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n", "HTTP/1.1 404 Not Found")]
    [InlineData("GET /none HTTP/1.1\r\nhost: a\r\n\r\n", "HTTP/1.1 404 Not Found")]
    [InlineData("GET /x#y HTTP/1.1\r\nhost: a\r\n\r\n", "HTTP/1.1 400 Bad Request")]
    [InlineData("GE T /x HTTP/1.1\r\nhost: a\r\n\r\n", "HTTP/1.1 400 Bad Request")]
    [InlineData("GET /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip\r\n\r\n", "HTTP/1.1 501 Not Implemented")]
    public void Request_Unservable_GetsTheStatus(string request, string status)
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        var client = Start(harness, upstream.Address);

        client.Send(request);
        harness.Until("response", () => client.Received.Contains("\r\n\r\n", StringComparison.Ordinal));

        Assert.StartsWith(status, client.Received, StringComparison.Ordinal);
        Assert.Empty(upstream.Peers);
    }

    [Fact]
    public void Upstream_Refuses_Is503WithReason()
    {
        using var harness = new RuntimeHarness();
        var closed = harness.AddUpstream();
        var address = closed.Address;
        closed.Dispose();
        var client = Start(harness, address);

        client.Send(Get);
        harness.Until("response", () =>
            client.Received.Contains("remote connection failure", StringComparison.Ordinal));

        Assert.StartsWith("HTTP/1.1 503 Service Unavailable", client.Received, StringComparison.Ordinal);
    }

    [Fact]
    public void Upstream_ClosesWithoutAnswer_Is503()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        upstream.Script.Add("close");
        var client = Start(harness, upstream.Address);

        client.Send(Get);
        harness.Until("response", () => client.Received.Contains("connection termination", StringComparison.Ordinal));
    }

    [Fact]
    public void Upstream_NoHosts_Is503()
    {
        using var harness = new RuntimeHarness();
        var client = Start(harness);

        client.Send(Get);
        harness.Until("response", () => client.Received.EndsWith("no healthy upstream", StringComparison.Ordinal));
    }

    [Fact]
    public void Upstream_BrokenResponse_Is502()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        upstream.Script.Add("HELLO\r\n\r\n");
        var client = Start(harness, upstream.Address);

        client.Send(Get);
        harness.Until("response", () => client.Received.EndsWith("protocol error", StringComparison.Ordinal));

        Assert.StartsWith("HTTP/1.1 502 Bad Gateway", client.Received, StringComparison.Ordinal);
    }

    [Fact]
    public void Retry_On503_AsksAgain()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        upstream.Script.AddRange(["HTTP/1.1 503 No\r\ncontent-length: 2\r\n\r\nno", "close", Ok]);
        var policy = new RetryPolicy { On = RetryOn.Status5xx, RetryCount = 2, BaseIntervalNanos = 1_000_000 };
        var client = Start(harness, policy, 15_000_000_000, upstream.Address);

        client.Send(Get);
        harness.Until("response", () => client.Received.EndsWith("ok", StringComparison.Ordinal));

        Assert.Equal(3, upstream.Requests.Count);
    }

    [Fact]
    public void Retry_WithBody_SendsTheBodyAgain()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        upstream.Script.AddRange(["HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n", Ok]);
        var policy = new RetryPolicy { On = RetryOn.Status5xx, RetryCount = 2, BaseIntervalNanos = 1_000_000 };
        var client = Start(harness, policy, 15_000_000_000, upstream.Address);

        client.Send("POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello");
        harness.Until("response", () => client.Received.EndsWith("ok", StringComparison.Ordinal));

        Assert.Equal(2, upstream.Requests.Count);
    }

    [Fact]
    public void Timeout_NoAnswer_Is504()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        var client = Start(harness, null, 30_000_000, upstream.Address);

        client.Send(Get);
        harness.Until("response", () => client.Received.EndsWith("upstream request timeout", StringComparison.Ordinal));

        Assert.StartsWith("HTTP/1.1 504 Gateway Timeout", client.Received, StringComparison.Ordinal);
    }

    [Fact]
    public void Upgrade_WebSocket_BecomesATunnel()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        var client = Start(harness, upstream.Address);

        client.Send("GET /x HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
        harness.Until("request", () => upstream.Peers.Count == 1
            && upstream.Peers[0].Received.EndsWith("\r\n\r\n", StringComparison.Ordinal));
        Assert.Contains("upgrade: websocket\r\n", upstream.Peers[0].Received, StringComparison.Ordinal);
        Assert.DoesNotContain("content-length", upstream.Peers[0].Received, StringComparison.Ordinal);
        upstream.Peers[0].Send("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
        harness.Until("101", () => client.Received.EndsWith("\r\n\r\n", StringComparison.Ordinal));
        client.Send("\u0001ping");
        harness.Until("ping", () => upstream.Peers[0].Received.EndsWith("\u0001ping", StringComparison.Ordinal));
        upstream.Peers[0].Send("\u0002pong");
        harness.Until("pong", () => client.Received.EndsWith("\u0002pong", StringComparison.Ordinal));
    }

    [Fact]
    public void Client_Leaves_ResetsTheUpstreamRequest()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        var client = Start(harness, upstream.Address);
        client.Send(Get);
        harness.Until("request", () => upstream.Peers.Count == 1 && upstream.Peers[0].Received.Length > 0);

        client.Connection!.Close(Net.CloseType.NoFlush);
        harness.Until("reset", () => upstream.Peers[0].IsOver);
    }

    [Fact]
    public void Forwarding_WhenWarm_AllocatesNothing()
    {
        using var harness = new RuntimeHarness();
        var (client, upstream) = ByteLevel.Start(harness);

        Assert.Equal(0, AllocatedBy(harness, client));
        Assert.Equal(1, upstream.ConnectionCount);
    }

    [Fact]
    public void Forwarding_ThroughFiltersWithNothingToDo_AllocatesNothing()
    {
        using var harness = new RuntimeHarness();
        var scope = harness.Stats.GetScope("http.test.", StatLayout.Empty);
        var (client, _) = ByteLevel.Start(harness,
            new GrpcStatsFilter { Name = "grpc_stats" },
            new FaultFilter(scope) { Name = "fault", Config = new FaultConfig() },
            new CorsFilter(scope) { Name = "cors" });

        Assert.Equal(0, AllocatedBy(harness, client));
    }

    /// <summary>Bytes made by 1,000 requests once all is warm.</summary>
    private static long AllocatedBy(RuntimeHarness harness, ByteLevel.Client client)
    {
        harness.Until("warm", () => client.Count > 300);
        var target = client.Count + 1000;
        var before = GC.GetAllocatedBytesForCurrentThread();
        while (client.Count < target)
        {
            harness.Loop.RunOnce(1000);
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    /// <summary>Nothing more leaves the client.</summary>
    private static bool HasStopped(RuntimeHarness harness, RawPeer client)
    {
        var before = client.Connection!.Output.Length;
        for (var i = 0; i < 20; i++)
        {
            harness.Loop.RunOnce(1);
        }

        return client.Connection.Output.Length == before;
    }

    private static RawPeer Start(RuntimeHarness harness, params Address[] hosts) =>
        Start(harness, null, 15_000_000_000, hosts);

    private static RawPeer Start(RuntimeHarness harness, RetryPolicy? policy, long timeoutNanos, params Address[] hosts)
    {
        harness.AddCluster("c", null, hosts);
        var action = new RouteAction
        {
            Cluster = harness.Clusters.GetOrAdd("c"),
            RetryPolicy = policy,
            TimeoutNanos = timeoutNanos,
        };
        return harness.Connect(harness.Listen(harness.Manager(RuntimeHarness.Route("/x", action))));
    }
}
