using Lateen.Proxy.Addresses;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Stats;
using Lateen.TestKit;

namespace Lateen.Proxy.Tests.Clusters;

public sealed class LoadBalancingTests
{
    private readonly VirtualClock _clock = new();
    private readonly StatsStore _stats = new(1);

    [Fact]
    public void PickHost_RetryPriority_LeavesTheTriedPriorityOut()
    {
        var cluster = Build(new LoadBalancerConfig());
        cluster.ApplyHosts([Spec(1), Spec(2, 1)]);
        var context = new LoadBalancerContext { PriorityUpdateFrequency = 1 };
        var first = cluster.PickHost(1, context)!;
        context.OnAttempt(first);
        context.RetryAttempt = 1;

        var second = cluster.PickHost(1, context)!;

        Assert.Equal((1, 2), (first.Address.Port, second.Address.Port));
    }

    [Fact]
    public void PickHost_OmitMetadata_TakesAnother()
    {
        var cluster = Build(new LoadBalancerConfig());
        cluster.ApplyHosts([Spec(1), Spec(2) with { Attributes = new HostAttributes { Canary = true } }]);
        var context = new LoadBalancerContext { AvoidCanaries = true, RetryAttempt = 1, SelectionAttemptsMax = 50 };

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(1, cluster.PickHost(1, context)!.Address.Port);
        }
    }

    [Fact]
    public void PickHost_OverrideHost_IsTakenIfItsHealthAllows()
    {
        var cluster = Build(new LoadBalancerConfig());
        cluster.ApplyHosts([Spec(1), Spec(2)]);
        var context = new LoadBalancerContext { OverrideHost = cluster.Hosts.Hosts[1].Address };

        Assert.Equal(2, cluster.PickHost(1, context)!.Address.Port);
        cluster.Hosts.Hosts[1].SetHealth(HealthFlags.FailedActiveHealthCheck, true);
        cluster.OnHealthChanged();
        Assert.Equal(1, cluster.PickHost(1, context)!.Address.Port);
        context.IsOverrideStrict = true;
        Assert.Null(cluster.PickHost(1, context));
    }

    [Fact]
    public void PickHost_SlowStart_GivesANewHostItsShareByAndBy()
    {
        var cluster = Build(new LoadBalancerConfig { SlowStartWindowNanos = 10_000_000_000 });
        cluster.ApplyHosts([Spec(1)]);
        _clock.Advance(TimeSpan.FromSeconds(20));
        cluster.ApplyHosts([Spec(1), Spec(2)]);

        _clock.Advance(TimeSpan.FromSeconds(1));
        var early = Share(cluster, 2);
        _clock.Advance(TimeSpan.FromSeconds(20));
        var late = Share(cluster, 2);

        Assert.InRange(early, 0.07, 0.15);
        Assert.InRange(late, 0.45, 0.55);
    }

    [Fact]
    public void PickHost_ZoneAware_StaysInTheZoneWhenItSuffices()
    {
        var config = new LoadBalancerConfig { ZoneAware = new ZoneAwareConfig(100, 2, 0) };
        var (own, other) = (new Locality("", "z1", ""), new Locality("", "z2", ""));
        var cluster = Build(config);
        cluster.OwnLocality = own;
        cluster.LocalCluster = new ClusterSlot("local") { Current = Build(new LoadBalancerConfig()) };
        cluster.LocalCluster.Current.ApplyHosts([In(own, 10), In(other, 11)]);
        cluster.ApplyHosts([In(own, 1), In(own, 2), In(other, 3), In(other, 4)]);

        Assert.Equal(0, Share(cluster, 3) + Share(cluster, 4));
        Assert.True(cluster.Stats.Scope.Read((int)ClusterStat.LbZoneRoutingAllDirectly) > 0);
    }

    [Fact]
    public void PickHost_BoundedHashing_PassesOverloadOn()
    {
        var cluster = Build(
            new LoadBalancerConfig { Policy = LoadBalancerPolicy.RingHash, HashBalanceFactor = 100 });
        cluster.ApplyHosts([Spec(1), Spec(2), Spec(3)]);
        var context = new LoadBalancerContext { Hash = 42 };
        var first = cluster.PickHost(1, context)!;
        first.Add(1, HostStat.RqActive, 10);

        var second = cluster.PickHost(1, context)!;

        Assert.NotSame(first, second);
        Assert.Same(second, cluster.PickHost(1, context));
    }

    [Fact]
    public void OnHealthChanged_WithinTheMergeWindow_IsPublishedAtItsEnd()
    {
        var cluster = Build(new LoadBalancerConfig(), 1_000_000_000);
        cluster.ApplyHosts([Spec(1), Spec(2), Spec(3)]);

        cluster.Hosts.Hosts[0].SetHealth(HealthFlags.FailedOutlierCheck, true);
        cluster.OnHealthChanged();
        var before = cluster.Hosts.Priorities[0].Healthy.Length;
        _clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal((3, 2), (before, cluster.Hosts.Priorities[0].Healthy.Length));
    }

    [Fact]
    public void Aggregate_FirstMemberFails_TheNextTakesOver()
    {
        var (one, two) = (Build(new LoadBalancerConfig()), Build(new LoadBalancerConfig()));
        one.ApplyHosts([Spec(1)]);
        two.ApplyHosts([Spec(2)]);
        var config = new ClusterConfig
        {
            Name = "all",
            Type = DiscoveryType.Custom,
            Members = [new ClusterSlot("one") { Current = one }, new ClusterSlot("two") { Current = two }],
        };
        var cluster = new Cluster(config, _stats, 1, 7, _clock);
        cluster.Provider = new AggregateHosts(cluster);
        var context = new LoadBalancerContext();
        var before = cluster.PickHost(1, context)!.Address.Port;

        one.Hosts.Hosts[0].SetHealth(HealthFlags.FailedActiveHealthCheck, true);
        one.OnHealthChanged();

        Assert.Equal((1, 2), (before, cluster.PickHost(1, context)!.Address.Port));
    }

    private Cluster Build(LoadBalancerConfig balancer, long mergeNanos = 0) => new(
        new ClusterConfig { Name = "c", LoadBalancer = balancer, UpdateMergeWindowNanos = mergeNanos }, _stats, 1, 7,
        _clock);

    private static double Share(Cluster cluster, int port)
    {
        var context = new LoadBalancerContext();
        return Enumerable.Range(0, 1000).Count(_ => cluster.PickHost(1, context)!.Address.Port == port) / 1000.0;
    }

    private static HostSpec Spec(int port, int priority = 0) => new(
        new Address(IpAddress.FromV4(0x7f000001), port), "", new HostAttributes { Priority = priority });

    private static HostSpec In(Locality locality, int port) => new(
        new Address(IpAddress.FromV4(0x7f000001), port), "", new HostAttributes { Locality = locality });
}
