using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Tests.Stats;

public sealed class StatsStoreTests
{
    private static readonly TimeSpan _deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public void ShareLists_ScopesToldTheSame_ChangeOnTheirOwn()
    {
        var store = new StatsStore(1);
        var (one, other) = (new ClusterStats(store, "one").Scope, new ClusterStats(store, "other").Scope);
        foreach (var scope in new[] { one, other })
        {
            scope.Set((int)ClusterStat.MembershipTotal, 3);
            scope.Set(scope.GetOrAdd("more", StatKind.Gauge), 4);
        }

        store.ShareLists();
        one.Set((int)ClusterStat.MembershipTotal, 5);
        one.Set(one.GetOrAdd("another", StatKind.Gauge), 6);

        Assert.Equal(3, other.Read((int)ClusterStat.MembershipTotal));
        Assert.Equal(4, other.Read(other.GetOrAdd("more", StatKind.Gauge)));
        Assert.Equal(5, one.Read((int)ClusterStat.MembershipTotal));
        Assert.DoesNotContain(store.Collect(), sample => sample.Name == "cluster.other.another");
    }

    [Fact]
    public void Collect_SourceWaitsForAnotherThreadsScope_DoesNotDeadlock()
    {
        var store = new StatsStore(workerCount: 1);
        var made = false;
        store.AddSource(_ =>
        {
            // The configuration makes scopes while a source may wait for the configuration.
            var other = new Thread(() => store.GetScope("cluster.a.", StatLayout.Empty)) { IsBackground = true };
            other.Start();
            made = other.Join(_deadline);
        });

        store.Collect();

        Assert.True(made);
    }

    [Fact]
    public void ResetCounters_OfWhatHasCounted_LeavesItUsed()
    {
        var store = new StatsStore(workerCount: 1);
        var scope = store.GetScope("a.", StatLayout.Empty);
        scope.AddFromMain(scope.GetOrAdd("counted"), 2);
        scope.AddFromMain(scope.GetOrAdd("idle"), 0);

        store.ResetCounters();

        var samples = store.Collect().ToDictionary(sample => sample.Name);
        Assert.Equal(0, samples["a.counted"].Value);
        Assert.True(samples["a.counted"].IsUsed);
        Assert.False(samples["a.idle"].IsUsed);
    }
}
