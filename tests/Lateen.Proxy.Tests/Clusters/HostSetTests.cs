using Lateen.Proxy.Addresses;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Tests.Clusters;

public sealed class HostSetTests
{
    public static TheoryData<(int Healthy, int Degraded, int Total)[], int[], int[]> Loads => new()
    {
        { [(4, 0, 4), (4, 0, 4)], [100, 0], [0, 0] },
        { [(3, 0, 4), (4, 0, 4)], [100, 0], [0, 0] },
        { [(2, 0, 4), (4, 0, 4)], [70, 30], [0, 0] },
        { [(1, 0, 4), (4, 0, 4)], [35, 65], [0, 0] },
        { [(0, 0, 4), (4, 0, 4)], [0, 100], [0, 0] },
        { [(1, 0, 4), (1, 0, 4)], [50, 50], [0, 0] },
        { [(0, 0, 4), (1, 0, 4), (1, 0, 4)], [34, 33, 33], [0, 0, 0] },
        { [(2, 2, 4)], [70], [30] },
        { [(1, 1, 4), (2, 0, 4)], [35, 65], [0, 0] },
    };

    [Theory]
    [MemberData(nameof(Loads))]
    public void Loads_ByHealthOfPriorities_AreEnvoys(
        (int Healthy, int Degraded, int Total)[] priorities, int[] healthy, int[] degraded)
    {
        var cluster = Build(LoadBalancerPolicy.RoundRobin);
        cluster.ApplyHosts(Specs(priorities));

        Assert.Equal(healthy, cluster.Hosts.HealthyLoad);
        Assert.Equal(degraded, cluster.Hosts.DegradedLoad);
    }

    [Fact]
    public void ApplyHosts_SameAddress_KeepsTheHost()
    {
        var cluster = Build(LoadBalancerPolicy.RoundRobin);
        cluster.ApplyHosts(Specs([(2, 0, 2)]));
        var before = cluster.Hosts.Hosts;

        cluster.ApplyHosts(Specs([(3, 0, 3)]));

        Assert.Same(before[0], cluster.Hosts.Hosts[0]);
        Assert.Same(before[1], cluster.Hosts.Hosts[1]);
        Assert.Equal(3, cluster.Hosts.Hosts.Length);
    }

    [Fact]
    public void PickHost_WeightedRoundRobin_FollowsTheWeightsExactly()
    {
        var cluster = Build(LoadBalancerPolicy.RoundRobin);
        cluster.ApplyHosts([Spec(1, 1), Spec(2, 3)]);
        var context = new LoadBalancerContext();

        var second = 0;
        for (var i = 0; i < 4000; i++)
        {
            second += cluster.PickHost(1, context)!.Address.Port == 2 ? 1 : 0;
        }

        Assert.Equal(3000, second);
    }

    [Theory]
    [InlineData("a", 2)]
    [InlineData("abc", 1)]
    [InlineData("user-1", 2)]
    [InlineData("user-2", 3)]
    public void PickHost_Maglev_GivesEnvoysHosts(string key, int host)
    {
        var cluster = Build(LoadBalancerPolicy.Maglev);
        cluster.ApplyHosts([.. new[] { 3, 1, 2 }.Select(i => new HostSpec(Address($"10.0.0.{i}:80"), "", new()))]);
        var context = new LoadBalancerContext { Hash = XxHash64.Hash(System.Text.Encoding.ASCII.GetBytes(key)) };

        Assert.Equal($"10.0.0.{host}:80", cluster.PickHost(1, context)!.Address.ToString());
    }

    [Theory]
    [InlineData("a", 3)]
    [InlineData("abc", 3)]
    [InlineData("user-1", 2)]
    [InlineData("user-2", 2)]
    public void PickHost_RingHash_GivesEnvoysHosts(string key, int host)
    {
        var cluster = Build(LoadBalancerPolicy.RingHash);
        cluster.ApplyHosts([.. new[] { 1, 2, 3 }.Select(i => new HostSpec(Address($"10.0.0.{i}:80"), "", new()))]);
        var context = new LoadBalancerContext { Hash = XxHash64.Hash(System.Text.Encoding.ASCII.GetBytes(key)) };

        Assert.Equal($"10.0.0.{host}:80", cluster.PickHost(1, context)!.Address.ToString());
    }

    [Fact]
    public void PickHost_Warm_AllocatesNothing()
    {
        var cluster = Build(LoadBalancerPolicy.LeastRequest);
        cluster.ApplyHosts(Specs([(4, 0, 4)]));
        var context = new LoadBalancerContext();
        cluster.PickHost(1, context);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            cluster.PickHost(1, context);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static Cluster Build(LoadBalancerPolicy policy) => new(
        new ClusterConfig { Name = "c", LoadBalancer = new LoadBalancerConfig { Policy = policy } }, new StatsStore(1),
            1, 7);

    private static List<HostSpec> Specs((int Healthy, int Degraded, int Total)[] priorities)
    {
        var specs = new List<HostSpec>();
        for (var priority = 0; priority < priorities.Length; priority++)
        {
            var (healthy, degraded, total) = priorities[priority];
            for (var i = 0; i < total; i++)
            {
                var health = i < healthy ? HealthFlags.None
                    : i < healthy + degraded ? HealthFlags.DegradedEdsHealth : HealthFlags.FailedEdsHealth;
                specs.Add(new HostSpec(
                    new Address(IpAddress.FromV4(0x7f000001), 1 + (priority * 100) + i), "",
                    new HostAttributes { Priority = priority, EdsHealth = health }));
            }
        }
        return specs;
    }

    private static HostSpec Spec(int port, uint weight) =>
        new(new Address(IpAddress.FromV4(0x7f000001), port), "", new HostAttributes { Weight = weight });

    private static Address Address(string text)
    {
        Assert.True(Addresses.Address.TryParse(System.Text.Encoding.ASCII.GetBytes(text), out var address));
        return address;
    }
}
