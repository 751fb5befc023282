using Lateen.Proxy.Clusters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Tests.Runtime;

public sealed class RouterTrackingTests
{
    [Theory]
    [InlineData(250, 1000, 25)]
    [InlineData(1000, 1000, 100)]
    [InlineData(1500, 1000, 150)]
    [InlineData(5, 0, 0)]
    public void Percent_OfALimit_IsItsShare(long millis, long limitMillis, long expected) =>
        Assert.Equal(expected, Router.PercentOf(millis * 1_000_000, limitMillis * 1_000_000));

    [Fact]
    public void Request_OfATrackedCluster_IsMeasured()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        upstream.Script.Add("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
        harness.AddCluster("a", new ClusterConfig { Name = "a", TrackTimeoutBudgets = true, TrackSizes = true },
            upstream.Address);
        var action = new RouteAction { Cluster = harness.Clusters.GetOrAdd("a") };
        var client = harness.Connect(harness.Listen(harness.Manager(RuntimeHarness.Route("/", action))));

        client.Send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
        harness.Until("response", () => client.Received.EndsWith("ok", StringComparison.Ordinal));

        foreach (var name in (string[])["upstream_rq_timeout_budget_percent_used", "upstream_rq_headers_size",
            "upstream_rq_timeout_budget_per_try_percent_used", "upstream_rq_body_size", "upstream_rs_headers_size",
            "upstream_rs_body_size"])
        {
            var sample = Assert.Single(harness.Stats.Collect(), sample => sample.Name == "cluster.a." + name);
            Assert.Equal(1, sample.Histogram?.Count);
        }
    }
}
