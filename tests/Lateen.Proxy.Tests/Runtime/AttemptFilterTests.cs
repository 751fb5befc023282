using System.Text;
using Lateen.Http;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Matching;
using Lateen.Proxy.Rbac;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Tests.Runtime;

/// <summary>Filters of a cluster's attempts, and what answers of the proxy carry.</summary>
public sealed class AttemptFilterTests
{
    private const string HostName = "up.example";
    private const string Ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    private const string Head = "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n";

    [Fact]
    public void Buffer_BodyInPieces_GoesOnWhole()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        upstream.Script.Add(Ok);
        var client = Start(harness, upstream, Buffer(10));

        client.Send(Head + "2\r\nhe\r\n");
        harness.Until("connection", () => upstream.Peers.Count == 1);
        Assert.Empty(upstream.Requests);
        client.Send("3\r\nllo\r\n0\r\n\r\n");
        harness.Until("response", () => client.Received.EndsWith("ok", StringComparison.Ordinal));

        Assert.Contains("content-length: 5\r\n", Assert.Single(upstream.Requests), StringComparison.Ordinal);
    }

    [Fact]
    public void Buffer_BodyTooLong_IsRefused()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        upstream.Script.Add(Ok);
        var client = Start(harness, upstream, Buffer(3));

        client.Send(Head + "5\r\nhello\r\n");
        harness.Until("response", () => client.Received.Contains("Payload Too Large", StringComparison.Ordinal));

        Assert.StartsWith("HTTP/1.1 413 ", client.Received, StringComparison.Ordinal);
        Assert.Empty(upstream.Requests);
    }

    [Fact]
    public void Rules_Denied_AnswerBeforeAnyConnection()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        var scope = harness.Stats.GetScope("cluster.a.", StatLayout.Empty);
        var client = Start(harness, upstream, new RbacFilter
        {
            Name = "rbac",
            Rules = new RbacRules
            {
                Rules = new RbacEngine(RbacAction.Allow, []),
                MetadataNamespace = "envoy.filters.http.rbac",
                Stats = new RbacStats(scope, "", ""),
            },
        });

        client.Send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
        harness.Until("response", () => client.Received.EndsWith("access denied", StringComparison.Ordinal));

        Assert.StartsWith("HTTP/1.1 403 ", client.Received, StringComparison.Ordinal);
        Assert.Contains("x-route: yes\r\n", client.Received, StringComparison.Ordinal);
        Assert.Empty(upstream.Peers);
    }

    [Fact]
    public void Retry_EachAttempt_BeginsAnew()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        upstream.Script.Add("HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n");
        upstream.Script.Add(Ok);
        var filter = new CountingFilter { Name = "count" };
        var client = Start(harness, upstream, filter);

        client.Send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
        harness.Until("response", () => client.Received.EndsWith("ok", StringComparison.Ordinal));

        Assert.Equal([0, 0], filter.StatesAtStart);
        Assert.Equal(2, filter.Responses);
    }

    [Fact]
    public void Retry_OfAFilterInsideAnother_BeginsAnew()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        upstream.Script.Add("HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n");
        upstream.Script.Add(Ok);
        var filter = new CountingFilter { Name = "count" };
        var client = Start(harness, upstream, new MatchedFilter
        {
            Name = "matched",
            Inner = new FilterSequence([filter]) { Name = "all" },
            Skip = new MatcherTree<object>.List([]),
        });

        client.Send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
        harness.Until("response", () => client.Received.EndsWith("ok", StringComparison.Ordinal));

        Assert.Equal([0, 0], filter.StatesAtStart);
        Assert.Equal(2, filter.Responses);
    }

    /// <summary>A later request is sent before one that waits for its body.</summary>
    [Fact]
    public void Buffer_OnHttp2_LetsOthersPass()
    {
        using var harness = new RuntimeHarness();
        using var upstream = new FakeHttp2Upstream(harness.Loop) { WhenRequest = FakeHttp2Upstream.Answer };
        var address = Listen(harness, upstream.Address, new UpstreamHttpOptions
        {
            Filters = [Buffer(10)],
            Protocol = UpstreamProtocol.Http2,
        });
        var slow = harness.Connect(address);
        slow.Send(Head + "2\r\nhe\r\n");
        harness.Until("connection", () => upstream.Peers.Count == 1);

        var client = harness.Connect(address);
        client.Send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
        harness.Until("response", () => client.Received.Contains("ok", StringComparison.Ordinal));
        slow.Send("3\r\nllo\r\n0\r\n\r\n");
        harness.Until("slow response", () => slow.Received.Contains("ok", StringComparison.Ordinal));

        var peer = Assert.Single(upstream.Peers);
        Assert.StartsWith(":method: GET\n", peer.Received(1), StringComparison.Ordinal);
        Assert.StartsWith(":method: POST\n", peer.Received(3), StringComparison.Ordinal);
    }

    /// <summary>A filter that signs the request sees the host that goes out.</summary>
    [Fact]
    public void Filters_SeeTheHostOfTheAttempt()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        upstream.Script.Add(Ok);
        var filter = new CountingFilter { Name = "count" };
        var client = Start(harness, upstream, filter);

        client.Send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
        harness.Until("response", () => client.Received.EndsWith("ok", StringComparison.Ordinal));

        Assert.Contains($"host: {HostName}\r\n", upstream.Requests[0], StringComparison.Ordinal);
        Assert.Equal([HostName], filter.Hosts);
    }

    private static BufferFilter Buffer(int bytes) => new() { Name = "buffer", RequestBytesMax = bytes };

    private static RawPeer Start(RuntimeHarness harness, FakeUpstream upstream, HttpFilter filter) =>
        harness.Connect(Listen(harness, upstream.Address, new UpstreamHttpOptions { Filters = [filter] }));

    private static Address Listen(RuntimeHarness harness, Address upstream, UpstreamHttpOptions options)
    {
        var cluster = harness.AddCluster("a", new ClusterConfig { Name = "a", Http = options });
        cluster.ApplyHosts([new HostSpec(upstream, HostName, new HostAttributes())]);
        var action = new RouteAction
        {
            Cluster = harness.Clusters.GetOrAdd("a"),
            AutoHostRewrite = true,
            RetryPolicy = new RetryPolicy { On = RetryOn.Status5xx, BaseIntervalNanos = 1_000_000 },
        };
        var route = new Route
        {
            Match = RuntimeHarness.Route("/", action).Match,
            Action = action,
            ResponseHeaders = new HeaderMutations(
                [new HeaderAddition(
                    HeaderName.Create("x-route"), Format("yes"), HeaderAppendAction.AddIfAbsent, false)],
                []),
        };
        return harness.Listen(harness.Manager(route));
    }

    private static Proxy.Formatting.FormatString Format(string text)
    {
        Assert.True(Proxy.Formatting.FormatString.TryParse(text, out var format, out _));
        return format!;
    }

    /// <summary>Keeps a state for the attempt and looks whether one was left.</summary>
    private sealed class CountingFilter : HttpFilter
    {
        public List<int> StatesAtStart { get; } = [];

        public int Responses { get; private set; }

        public List<string> Hosts { get; } = [];

        public override HttpFilterResult OnRequest(Proxy.Runtime.HttpStream stream)
        {
            StatesAtStart.Add(stream.GetState(this) is null ? 0 : 1);
            Hosts.Add(Encoding.ASCII.GetString(stream.Request.Get(HeaderId.Authority)));
            stream.SetState(this, this);
            return HttpFilterResult.Continue;
        }

        public override void OnResponseHeaders(int worker, HeaderMap response, StreamInfo info) => Responses++;
    }
}
