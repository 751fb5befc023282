using Lateen.Proxy.Addresses;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Stats;
using Lateen.TestKit;

namespace Lateen.Proxy.Tests.Clusters;

public sealed class OutlierDetectorTests
{
    private readonly VirtualClock _clock = new();

    [Fact]
    public void OnResponse_ThresholdReached_EjectsForTheBaseTimeThenTwice()
    {
        var (cluster, outlier) = Build(
            new OutlierDetectionConfig { Consecutive5xx = 2, MaxEjectionPercent = 100 }, 2);
        var host = cluster.Hosts.Hosts[0];

        Fail(outlier, host, 2);
        Assert.Equal(HealthFlags.FailedOutlierCheck, host.Health);
        _clock.Advance(TimeSpan.FromSeconds(31));
        outlier.OnInterval();
        Assert.True(host.IsHealthy);
        Fail(outlier, host, 2);
        _clock.Advance(TimeSpan.FromSeconds(31));
        outlier.OnInterval();
        Assert.False(host.IsHealthy);
        _clock.Advance(TimeSpan.FromSeconds(30));
        outlier.OnInterval();

        Assert.True(host.IsHealthy);
    }

    [Fact]
    public void OnResponse_DefaultPercentAndFewHosts_EjectsNone()
    {
        var (cluster, outlier) = Build(new OutlierDetectionConfig { Consecutive5xx = 1 }, 5);

        Fail(outlier, cluster.Hosts.Hosts[0], 1);

        Assert.True(cluster.Hosts.Hosts[0].IsHealthy);
        Assert.Equal(1, Read(cluster, "ejections_overflow"));
        Assert.Equal(1, Read(cluster, "ejections_detected_consecutive_5xx"));
    }

    [Fact]
    public void OnInterval_LowSuccessRate_EjectsTheHost()
    {
        var (cluster, outlier) = Build(
            new OutlierDetectionConfig
            {
                Consecutive5xx = 1000,
                ConsecutiveGatewayFailure = 1000,
                SuccessRateRequestVolume = 10,
                SuccessRateStdevFactor = 1000,
                MaxEjectionPercent = 50,
            },
            5);
        foreach (var host in cluster.Hosts.Hosts)
        {
            for (var i = 0; i < 20; i++)
            {
                outlier.OnResponse(host, host == cluster.Hosts.Hosts[3] ? 500 : 200);
            }
        }

        outlier.OnInterval();

        Assert.Equal([3], Ejected(cluster));
        Assert.Equal(80, outlier.SuccessRateAverage);
    }

    [Fact]
    public void OnLocalOriginFailure_Split_HasItsOwnCounter()
    {
        var (cluster, outlier) = Build(
            new OutlierDetectionConfig
            {
                SplitExternalLocalOriginErrors = true,
                ConsecutiveLocalOriginFailure = 2,
                Consecutive5xx = 1,
                MaxEjectionPercent = 100,
            },
            2);

        outlier.OnLocalOriginFailure(cluster.Hosts.Hosts[1], false);
        Assert.Empty(Ejected(cluster));
        outlier.OnLocalOriginFailure(cluster.Hosts.Hosts[1], false);

        Assert.Equal([1], Ejected(cluster));
        Assert.Equal(1, Read(cluster, "ejections_enforced_consecutive_local_origin_failure"));
    }

    [Fact]
    public void OnHealthy_EjectedHost_IsLetBack()
    {
        var (cluster, outlier) = Build(
            new OutlierDetectionConfig { Consecutive5xx = 1, MaxEjectionPercent = 100 }, 1);
        Fail(outlier, cluster.Hosts.Hosts[0], 1);

        outlier.OnHealthy(cluster.Hosts.Hosts[0]);

        Assert.Empty(Ejected(cluster));
    }

    private static void Fail(OutlierDetector outlier, Host host, int count)
    {
        for (var i = 0; i < count; i++)
        {
            outlier.OnResponse(host, 500);
        }
    }

    private static int[] Ejected(Cluster cluster) =>
    [
        .. cluster.Hosts.Hosts.Select((host, i) => (host, i))
            .Where(entry => (entry.host.Health & HealthFlags.FailedOutlierCheck) != 0).Select(entry => entry.i),
    ];

    private static long Read(Cluster cluster, string name) =>
        cluster.Stats.Scope.Read(cluster.Stats.Scope.GetOrAdd($"outlier_detection.{name}"));

    private (Cluster Cluster, OutlierDetector Outlier) Build(OutlierDetectionConfig config, int hosts)
    {
        var cluster = new Cluster(
            new ClusterConfig { Name = "c", OutlierDetection = config, UpdateMergeWindowNanos = 0 }, new StatsStore(1),
            1, 7, _clock);
        var outlier = new OutlierDetector(cluster, config, _clock, 1);
        cluster.Outlier = outlier;
        cluster.ApplyHosts([.. Enumerable.Range(1, hosts).Select(port => new HostSpec(
            new Address(IpAddress.FromV4(0x7f000001), port), "", new HostAttributes()))]);
        return (cluster, outlier);
    }
}
