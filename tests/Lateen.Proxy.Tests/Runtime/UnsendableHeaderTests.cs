using System.Text;
using Lateen.Http;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Tests.Runtime;

/// <summary>Headers that filters make of foreign text cannot end their line, as in Envoy's codecs.</summary>
public sealed class UnsendableHeaderTests
{
    [Theory]
    [InlineData("x-a", "v\r\ninjected: yes", "invalid header value for: x-a")]
    [InlineData("x-a", "nul\0", "invalid header value for: x-a")]
    [InlineData("x-a", "del\u007f", "invalid header value for: x-a")]
    [InlineData("x a", "v", "invalid header name: x a")]
    [InlineData("x\r\n\u0001\"", "v", @"invalid header name: x\r\n\001\""")]
    [InlineData(":path", "/x\r\nx: y", "invalid header value for: :path")]
    public void Request_WithTextThatEndsALine_IsRefused(string name, string value, string reason)
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        var client = Start(harness, upstream, name, value);

        client.Send("GET /x HTTP/1.1\r\nhost: a\r\nx-seen: \tby the codec\r\n\r\n");
        harness.Until("response", () => client.Received.EndsWith(reason, StringComparison.Ordinal));

        Assert.StartsWith("HTTP/1.1 503 Service Unavailable\r\n", client.Received, StringComparison.Ordinal);
        Assert.Empty(upstream.Requests);
    }

    [Fact]
    public void Request_WithTabsAndHighBytes_GoesOn()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        upstream.Script.Add("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
        var client = Start(harness, upstream, "x-a", "\ta\u00e9\u00ff");

        client.Send("GET /x HTTP/1.1\r\nhost: a\r\n\r\n");
        harness.Until("response", () => client.Received.EndsWith("ok", StringComparison.Ordinal));

        Assert.Contains("x-a: \ta", Assert.Single(upstream.Requests), StringComparison.Ordinal);
    }

    /// <summary>The upstream's connection, shared by other clients, goes on.</summary>
    [Fact]
    public void Request_RefusedOnHttp2_LeavesTheConnectionToOthers()
    {
        using var harness = new RuntimeHarness();
        using var upstream = new FakeHttp2Upstream(harness.Loop);
        harness.AddCluster(
            "c", new ClusterConfig
            {
                Name = "c",
                Http = new UpstreamHttpOptions { Protocol = UpstreamProtocol.Http2 },
            },
            upstream.Address);
        var action = new RouteAction { Cluster = harness.Clusters.GetOrAdd("c") };
        var address = harness.Listen(harness.Manager(
            _ => new RouterFilter { Name = "router" }, [RuntimeHarness.Route("/", action)],
            before: new Adding("x-a", "v\r\n") { Name = "adding", Path = "/bad" }));
        var first = harness.Connect(address);
        first.Send("GET /first HTTP/1.1\r\nhost: a\r\n\r\n");
        harness.Until("first", () => upstream.Peers is [{ OpenStreams.Count: 1 }]);

        var bad = harness.Connect(address);
        bad.Send("GET /bad HTTP/1.1\r\nhost: a\r\n\r\n");
        harness.Until("refusal", () => bad.Received.Contains("x-a", StringComparison.Ordinal));
        bad.Send("GET /later HTTP/1.1\r\nhost: a\r\n\r\n");
        harness.Until("later", () => upstream.Peers is [{ OpenStreams.Count: 2 }]);
        var peer = upstream.Peers[0];
        peer.OpenStreams.ForEach(stream => FakeHttp2Upstream.Answer(peer, stream));
        harness.Until("answers", () => IsAnswered(first) && IsAnswered(bad));

        Assert.Equal([1, 3], peer.OpenStreams.Select(stream => stream.Id));
    }

    private static bool IsAnswered(RawPeer client) => client.Received.Contains("x-up: a", StringComparison.Ordinal);

    private static RawPeer Start(RuntimeHarness harness, FakeUpstream upstream, string name, string value)
    {
        harness.AddCluster("c", null, upstream.Address);
        var action = new RouteAction { Cluster = harness.Clusters.GetOrAdd("c") };
        return harness.Connect(harness.Listen(harness.Manager(
            _ => new RouterFilter { Name = "router" }, [RuntimeHarness.Route("/x", action)],
            before: new Adding(name, value) { Name = "adding" })));
    }

    private sealed class Adding(string name, string value) : HttpFilter
    {
        /// <summary>Of the requests that are changed; all where it is null.</summary>
        public string? Path { get; init; }

        public override HttpFilterResult OnRequestHeaders(int worker, HeaderMap request, StreamInfo info)
        {
            if (Path is { } path && !request.Get(HeaderId.Path).SequenceEqual(Encoding.ASCII.GetBytes(path)))
            {
                return HttpFilterResult.Continue;
            }

            request.Remove(Encoding.ASCII.GetBytes(name));
            request.Add(Encoding.ASCII.GetBytes(name), Encoding.Latin1.GetBytes(value));
            return HttpFilterResult.Continue;
        }
    }
}
