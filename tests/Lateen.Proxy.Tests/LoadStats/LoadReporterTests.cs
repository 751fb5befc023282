using Envoy.Config.Core.V3;
using Envoy.Service.LoadStats.V3;
using Google.Protobuf;
using Lateen.Core.Logging;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.LoadStats;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Tests.Runtime;
using Duration = Google.Protobuf.WellKnownTypes.Duration;
using Locality = Lateen.Proxy.Clusters.Locality;

namespace Lateen.Proxy.Tests.LoadStats;

public sealed class LoadReporterTests
{
    private static readonly Addresses.Address _host = new(Addresses.IpAddress.FromV4(0x7F000001), 9);

    [Fact]
    public void Start_TellsTheNodeAndReportsWhatIsAskedFor()
    {
        using var harness = new RuntimeHarness();
        using var upstream = new FakeHttp2Upstream(harness.Loop);
        harness.AddCluster(
            "lrs",
            new ClusterConfig { Name = "lrs", Http = new UpstreamHttpOptions { Protocol = UpstreamProtocol.Http2 } },
            upstream.Address);
        var loaded = harness.AddCluster("loaded", null, _host);
        var target = new GrpcServiceTarget(harness.Clusters.GetOrAdd("lrs"), "lrs"u8.ToArray(), 0, []);
        var clusters = new Dictionary<string, Cluster> { ["loaded"] = loaded };

        new LoadReporter(
            harness.Worker, target, new Node { Id = "n1" }, () => clusters, TimeProvider.System, harness.Stats,
            Logger.None).Start();
        harness.Until("the first request", () => upstream.Peers.Count == 1
            && upstream.Peers[0].Received(1).Contains("supports_send_all_clusters", StringComparison.Ordinal));
        var first = upstream.Peers[0].Received(1);
        var stream = upstream.Peers[0].OpenStreams[0];
        upstream.Peers[0].SendHeaders(stream, false, ":status: 200");
        upstream.Peers[0].SendData(
            stream, GrpcFrameReader.Frame(new LoadStatsResponse
            {
                SendAllClusters = true,
                LoadReportingInterval = new Duration { Nanos = 1_000_000 },
            }.ToByteArray()), false);
        harness.Until("a report", () => upstream.Peers[0].Received(1)[first.Length..]
            .Contains("loaded", StringComparison.Ordinal));

        Assert.Contains(
            ":path: /envoy.service.load_stats.v3.LoadReportingService/StreamLoadStats\n", first,
            StringComparison.Ordinal);
        Assert.Contains("n1", first, StringComparison.Ordinal);
        Assert.DoesNotContain("loaded", first, StringComparison.Ordinal);
    }

    [Fact]
    public void Report_OfACluster_TellsWhatCameSinceTheOneBefore()
    {
        using var harness = new RuntimeHarness();
        var cluster = harness.AddCluster("c", null, _host);
        var host = cluster.Hosts.Hosts[0];
        host.Add(1, HostStat.RqSuccess, 5);
        host.Add(1, HostStat.RqTotal, 5);
        var load = new ClusterLoad(cluster, 0);
        host.Add(1, HostStat.RqSuccess, 2);
        host.Add(1, HostStat.RqError, 1);
        host.Add(1, HostStat.RqTotal, 4);
        host.Add(1, HostStat.RqActive, 1);
        cluster.Drops.Count(1, true);

        var first = load.Report(cluster, 1, TimeSpan.FromSeconds(2), true);
        var second = load.Report(cluster, 2, TimeSpan.FromSeconds(1), true);

        var place = Assert.Single(first.UpstreamLocalityStats);
        Assert.Equal(
            (2UL, 1UL, 1UL, 4UL),
            (place.TotalSuccessfulRequests, place.TotalErrorRequests, place.TotalRequestsInProgress,
                place.TotalIssuedRequests));
        Assert.Equal(9U, Assert.Single(place.UpstreamEndpointStats).Address.SocketAddress.PortValue);
        Assert.Equal(1UL, first.TotalDroppedRequests);
        Assert.Equal(2, first.LoadReportInterval.Seconds);
        Assert.Equal(0UL, second.TotalDroppedRequests);
        Assert.Equal(0UL, Assert.Single(second.UpstreamLocalityStats).TotalIssuedRequests);
    }

    [Fact]
    public void Report_OfSeveralPlaces_TellsEachByItself()
    {
        using var harness = new RuntimeHarness();
        var cluster = harness.AddCluster("c", null);
        cluster.ApplyHosts(
        [
            new HostSpec(_host, "", new HostAttributes { Locality = new Locality("r", "z1", "") }),
            new HostSpec(
                new Addresses.Address(_host.Ip, 10), "",
                new HostAttributes { Locality = new Locality("r", "z2", ""), Priority = 1 }),
        ]);
        var load = new ClusterLoad(cluster, 0);
        foreach (var host in cluster.Hosts.Hosts)
        {
            host.Add(1, HostStat.RqTotal, host.Address.Port);
        }

        var report = load.Report(cluster, 1, TimeSpan.FromSeconds(1), false);

        Assert.Equal(
            [("z1", 0U, 9UL), ("z2", 1U, 10UL)],
            report.UpstreamLocalityStats.Select(place => (
                place.Locality.Zone, place.Priority, place.TotalIssuedRequests)));
        Assert.Empty(report.UpstreamLocalityStats[0].UpstreamEndpointStats);
    }
}
