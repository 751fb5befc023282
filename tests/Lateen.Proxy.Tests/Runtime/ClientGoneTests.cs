using Lateen.Net;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Tls;
using Lateen.TestKit;

namespace Lateen.Proxy.Tests.Runtime;

/// <summary>What becomes of an upstream connection whose client goes away before the answer is complete (decision
/// 0460). Time stands still but where a test moves it, so what is closed "at once" was not closed by a timer.</summary>
public sealed class ClientGoneTests
{
    private const string Get = "GET /x HTTP/1.1\r\nhost: a.example\r\n\r\n";
    private const string Old = "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nold";
    private const string New = "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nnew";
    private const string Chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    private const string Hints = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n";

    /// <summary>Body that may come after the client has left.</summary>
    private const int BytesMax = 64 * 1024;

    public static TheoryData<string, string, string> ShortResponses => new()
    {
        { Get, "", Old },
        { Get, "", Chunked + "3\r\nold\r\n0\r\nx-trailer: 1\r\n\r\n" },
        { Get, "", "HTTP/1.1 204 No Content\r\n\r\n" },
        { Get, "", Hints + "HTTP/1.1 100 Continue\r\n\r\n" + Old },
        { Get, Hints, Old },
        { Get, Old[..^1], Old[^1..] },
        { Get, Chunked + "1", "0\r\n0123456789abcdef\r\n0\r\n\r\n" },
        { Get, Chunked + "3\r\nol", "d\r\n0\r\n\r\n" },
        { Get, Chunked + "3\r\nold\r\n0\r\nx-trailer", ": 1\r\n\r\n" },
        { Get.Replace("GET", "HEAD", StringComparison.Ordinal), "", Old[..^3] },
        { "POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\nbody", "", Old },
    };

    public static TheoryData<string, string> NotWorthWaitingFor => new()
    {
        // The request is not complete: the rest of its body will never come.
        { "POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nbody", "" },
        { "POST /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n4\r\nbody\r\n", "" },

        // The connection may become a tunnel, or it ends with the response.
        { "GET /x HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n", "" },
        { Get, "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 3\r\n\r\nol" },
        { Get, "HTTP/1.1 200 OK\r\n\r\nol" },

        // What has come of the head is not seen by who reads the rest.
        { Get, "HTTP/1.1 200 OK\r\nconnection: close\r\n" },
    };

    [Theory]
    [MemberData(nameof(ShortResponses))]
    public void Leave_ShortResponse_NextRequestTakesTheConnection(string request, string before, string after)
    {
        // Without a limit of idle time nothing but the end of the response stops the timer.
        using var proxy = new Proxy(config: new ClusterConfig
        {
            Name = "c",
            Http = new UpstreamHttpOptions { IdleTimeoutNanos = 0 },
        });
        var client = proxy.Request(request);
        var upstream = proxy.Upstream.Peers[0];
        upstream.Send(before);
        proxy.Settle();
        proxy.Leave(client);
        upstream.Forget();
        upstream.Send(after);
        proxy.Settle();
        proxy.Advance(1000);

        var next = proxy.Request(Get);
        Assert.Single(proxy.Upstream.Peers).Send(New);
        proxy.Harness.Until("answer", () => next.Received.EndsWith("\r\n\r\nnew", StringComparison.Ordinal));

        Assert.StartsWith("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n", next.Received, StringComparison.Ordinal);
        proxy.AssertStats(
            (ClusterStat.UpstreamCxTotal, 1), (ClusterStat.UpstreamCxActive, 1), (ClusterStat.UpstreamCxDestroy, 0),
            (ClusterStat.UpstreamRqTotal, 2), (ClusterStat.UpstreamRqActive, 0),
            (ClusterStat.UpstreamCxProtocolError, 0));
        Assert.Equal((0, 1), proxy.Breakers);
    }

    [Theory]
    [MemberData(nameof(NotWorthWaitingFor))]
    public void Leave_NothingToKeep_ClosesAtOnce(string request, string before)
    {
        using var proxy = new Proxy();
        var client = proxy.Request(request);
        proxy.Upstream.Peers[0].Send(before);
        proxy.Settle();

        proxy.Leave(client);

        proxy.AssertClosed();
    }

    [Fact]
    public void Leave_PlainConnection_ClosesAtOnce()
    {
        using var proxy = new Proxy(tls: false);
        var client = proxy.Request(Get);

        proxy.Leave(client);

        proxy.AssertClosed();
    }

    [Fact]
    public void Leave_LastRequestOfTheConnection_ClosesAtOnce()
    {
        using var proxy = new Proxy(config: new ClusterConfig
        {
            Name = "c",
            Http = new UpstreamHttpOptions { MaxRequestsPerConnection = 1 },
        });
        var client = proxy.Request(Get);

        proxy.Leave(client);

        proxy.AssertClosed();
        proxy.AssertStats((ClusterStat.UpstreamCxMaxRequests, 1));
    }

    [Fact]
    public void Leave_ConnectionOfOneClient_ClosesAtOnce()
    {
        using var proxy = new Proxy(config: new ClusterConfig
        {
            Name = "c",
            ConnectionPoolPerDownstreamConnection = true,
        });
        var client = proxy.Request(Get);

        proxy.Leave(client);

        proxy.AssertClosed();
    }

    [Fact]
    public void Leave_RequestNotSentYet_UpstreamNeverSeesIt()
    {
        using var proxy = new Proxy();
        var first = proxy.Request(Get);
        var upstream = proxy.Upstream.Peers[0];
        upstream.Send(Old);
        proxy.Harness.Until("answer", () => first.Received.EndsWith("old", StringComparison.Ordinal));
        upstream.Forget();
        var client = proxy.Connect();

        // Request and end come in one event.
        client.Send(Get);
        client.Connection!.Close(CloseType.FlushWrite);
        proxy.Harness.Until("close", () => upstream.IsOver);

        Assert.Equal("", upstream.Received);
        proxy.AssertStats((ClusterStat.UpstreamRqTotal, 2), (ClusterStat.UpstreamRqActive, 0));
    }

    [Fact]
    public void Leave_LongResponse_ClosesBeyondTheLimit()
    {
        using var proxy = new Proxy();
        var client = proxy.Request(Get);
        proxy.Leave(client);
        var upstream = proxy.Upstream.Peers[0];

        upstream.Send("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n" + new string('x', BytesMax));
        proxy.Settle();
        Assert.False(upstream.IsOver);
        upstream.Send("x");

        proxy.AssertClosed();
    }

    [Theory]
    [InlineData("")]
    [InlineData(Chunked + "3\r\nold\r\n")]
    public void Leave_ResponseDoesNotEnd_ClosesWhenTheTimeIsOver(string part)
    {
        using var proxy = new Proxy();
        var client = proxy.Request(Get);
        proxy.Leave(client);
        var upstream = proxy.Upstream.Peers[0];
        upstream.Send(part);

        proxy.Advance(45);
        Assert.False(upstream.IsOver);
        proxy.Advance(10);

        proxy.AssertClosed();
    }

    [Fact]
    public void Leave_UpstreamLeavesToo_CountsNoFault()
    {
        using var proxy = new Proxy();
        var client = proxy.Request(Get);
        proxy.Leave(client);
        var upstream = proxy.Upstream.Peers[0];

        upstream.Send(Old[..^1]);
        upstream.Connection!.Close(CloseType.FlushWrite);
        proxy.Harness.Until("close", () => proxy.Read(ClusterStat.UpstreamCxActive) == 0);

        proxy.AssertClosed();
        proxy.AssertStats((ClusterStat.UpstreamCxDestroyRemote, 1));
    }

    [Fact]
    public void Leave_MoreThanOneResponse_NextRequestTakesAnotherConnection()
    {
        using var proxy = new Proxy();
        var client = proxy.Request(Get);
        proxy.Leave(client);
        proxy.Upstream.Peers[0].Forget();

        proxy.Upstream.Peers[0].Send(Old + Old);
        proxy.Settle();
        var next = proxy.Request(Get);
        proxy.Upstream.Peers[1].Send(New);
        proxy.Harness.Until("answer", () => next.Received.EndsWith("\r\n\r\nnew", StringComparison.Ordinal));

        proxy.AssertStats(
            (ClusterStat.UpstreamCxTotal, 2), (ClusterStat.UpstreamCxActive, 1),
            (ClusterStat.UpstreamCxProtocolError, 1), (ClusterStat.UpstreamRqActive, 0));
    }

    [Fact]
    public void Leave_HostIsRemovedMeanwhile_ClosesAfterTheResponse()
    {
        using var proxy = new Proxy();
        var client = proxy.Request(Get);
        proxy.Leave(client);

        proxy.Cluster.ApplyHosts([]);
        proxy.Upstream.Peers[0].Send(Old);

        proxy.AssertClosed();
    }

    [Fact]
    public void Leave_AnotherWaitsForThePlace_ClosesAtOnce()
    {
        using var proxy = new Proxy(config: new ClusterConfig
        {
            Name = "c",
            DefaultLimits = new CircuitBreakerLimits { MaxConnections = 1 },
        });
        var client = proxy.Request(Get);
        var next = proxy.Connect();
        next.Send(Get);
        proxy.Harness.Until("pending", () => proxy.Read(ClusterStat.UpstreamRqPendingActive) == 1);

        client.Connection!.Close(CloseType.NoFlush);
        proxy.Harness.Until("second request", () => proxy.Upstream.Peers.Count == 2
            && proxy.Upstream.Peers[1].Received.Length > 0);
        proxy.Upstream.Peers[1].Send(New);
        proxy.Harness.Until("answer", () => next.Received.EndsWith("\r\n\r\nnew", StringComparison.Ordinal));

        Assert.Equal((0, 1), proxy.Breakers);
    }

    [Fact]
    public void TimeOut_OfTheRequest_ClosesAtOnce()
    {
        using var proxy = new Proxy();
        var client = proxy.Request(Get);

        proxy.Advance(15_020);
        proxy.Harness.Until("answer", () => client.Received.Length > 0);

        Assert.StartsWith("HTTP/1.1 504 ", client.Received, StringComparison.Ordinal);
        proxy.AssertClosed();
    }

    /// <summary>One listener, one cluster and its upstream, with TLS between them or without.</summary>
    private sealed class Proxy : IDisposable
    {
        private readonly VirtualClock _clock = new();
        private readonly Address _address;

        internal Proxy(bool tls = true, ClusterConfig? config = null)
        {
            Harness = new RuntimeHarness(clock: _clock);
            Upstream = Harness.AddUpstream(tls);
            var socket = tls ? new TransportSocketConfig { Name = "tls", Tls = new TlsContextConfig() }
                : TransportSocketConfig.RawBuffer;
            config = (config ?? new ClusterConfig { Name = "c" }) with { TransportSocket = socket };
            Cluster = Harness.AddCluster("c", config, Upstream.Address);
            var action = new RouteAction { Cluster = Harness.Clusters.GetOrAdd("c") };
            _address = Harness.Listen(Harness.Manager(RuntimeHarness.Route("/x", action)));
        }

        internal RuntimeHarness Harness { get; }

        internal FakeUpstream Upstream { get; }

        internal Cluster Cluster { get; }

        /// <summary>Requests and connections that the circuit breakers know of.</summary>
        internal (long Requests, long Connections) Breakers =>
            (Cluster.GetBreakers(false).Requests.Current, Cluster.GetBreakers(false).Connections.Current);

        public void Dispose() => Harness.Dispose();

        internal RawPeer Connect()
        {
            var client = Harness.Connect(_address);
            Settle();
            return client;
        }

        /// <summary>A new client sends a request, and the upstream has got it.</summary>
        internal RawPeer Request(string text)
        {
            var client = Connect();
            var before = Upstream.Peers.Sum(peer => peer.Received.Length);
            client.Send(text);
            Harness.Until("request", () => Upstream.Peers.Sum(peer => peer.Received.Length) > before);
            Settle();
            return client;
        }

        /// <summary>The client goes, and the request counts no more.</summary>
        internal void Leave(RawPeer client)
        {
            client.Connection!.Close(CloseType.NoFlush);
            Harness.Until("request given up", () => Read(ClusterStat.UpstreamRqActive) == 0);
            Assert.Equal(0, Breakers.Requests);
        }

        internal void Advance(int milliseconds)
        {
            Settle();
            _clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
            Settle();
        }

        /// <summary>What is on its way arrives.</summary>
        internal void Settle() =>
            Harness.Until("quiet", () => Harness.Loop.RunOnce(0) + Harness.Loop.RunOnce(0) == 0);

        internal long Read(ClusterStat stat) => Cluster.Stats.Scope.Read((int)stat);

        internal void AssertStats(params (ClusterStat Stat, long Value)[] expected) =>
            Assert.Equal(expected, expected.Select(pair => (pair.Stat, Read(pair.Stat))));

        /// <summary>The only connection is closed, without a fault and without a request on it.</summary>
        internal void AssertClosed()
        {
            Harness.Until("close", () => Assert.Single(Upstream.Peers).IsOver);
            AssertStats(
                (ClusterStat.UpstreamCxTotal, 1), (ClusterStat.UpstreamCxActive, 0),
                (ClusterStat.UpstreamCxDestroy, 1), (ClusterStat.UpstreamCxDestroyWithActiveRq, 0),
                (ClusterStat.UpstreamCxProtocolError, 0), (ClusterStat.UpstreamRqActive, 0));
            Assert.Equal((0, 0), Breakers);
        }
    }
}
