using System.Text;
using Lateen.Http;
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
        public override HttpFilterResult OnRequestHeaders(int worker, HeaderMap request, StreamInfo info)
        {
            request.Remove(Encoding.ASCII.GetBytes(name));
            request.Add(Encoding.ASCII.GetBytes(name), Encoding.Latin1.GetBytes(value));
            return HttpFilterResult.Continue;
        }
    }
}
