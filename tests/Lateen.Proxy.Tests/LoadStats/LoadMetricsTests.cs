using Lateen.Http;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.LoadStats;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Tests.Runtime;

namespace Lateen.Proxy.Tests.LoadStats;

public sealed class LoadMetricsTests
{
    private static readonly Addresses.Address _host = new(Addresses.IpAddress.FromV4(0x7F000001), 9);

    [Theory]
    [InlineData("endpoint-load-metrics", "TEXT cpu_utilization=0.5,named_metrics.a=3,named_metrics.b=4,eps=1")]
    [InlineData("endpoint-load-metrics",
        "JSON {\"cpu_utilization\":0.5,\"named_metrics\":{\"a\":3,\"b\":4},\"eps\":1}")]
    [InlineData("endpoint-load-metrics-bin", "CQAAAAAAAOA/QgwKAWERAAAAAAAACEBCDAoBYhEAAAAAAAAQQDkAAAAAAADwPw==")]
    public void Report_InAnyForm_IsSummedByTheNamesThatAreWanted(string name, string value)
    {
        using var harness = new RuntimeHarness();
        var cluster = harness.AddCluster("c", null, _host);
        var host = cluster.Hosts.Hosts[0];
        var headers = new HeaderMap();
        headers.Add(HeaderName.Create(name), System.Text.Encoding.ASCII.GetBytes(value));
        Assert.True(LoadMetrics.TryTake(headers, host, ["cpu_utilization", "named_metrics.a"]));
        Assert.True(LoadMetrics.TryTake(headers, host, ["named_metrics.*"]));

        var sums = host.LoadMetrics.Take();
        Assert.Equal((1UL, 0.5), sums["cpu_utilization"]);
        Assert.Equal((2UL, 6.0), sums["named_metrics.a"]);
        Assert.Equal((1UL, 4.0), sums["named_metrics.b"]);
        Assert.Equal(3, sums.Count);
        Assert.Empty(host.LoadMetrics.Take());
    }

    [Fact]
    public void Report_OfACluster_TellsTheMetrics()
    {
        using var harness = new RuntimeHarness();
        var cluster = harness.AddCluster("c", null, _host);
        var host = cluster.Hosts.Hosts[0];
        var load = new ClusterLoad(cluster, 0);
        host.Add(1, HostStat.RqSuccess, 2);
        host.LoadMetrics.Add("named_metrics.a", 1.5);
        host.LoadMetrics.Add("named_metrics.a", 2);

        var place = Assert.Single(load.Report(cluster, 1, TimeSpan.FromSeconds(1), true).UpstreamLocalityStats);
        var metric = Assert.Single(place.LoadMetricStats);
        Assert.Equal(
            ("named_metrics.a", 2UL, 3.5),
            (metric.MetricName, metric.NumRequestsFinishedWithMetric, metric.TotalMetricValue));
        Assert.Equal(metric, Assert.Single(Assert.Single(place.UpstreamEndpointStats).LoadMetricStats));
    }
}
