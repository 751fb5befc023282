using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Tests.Stats;

public sealed class StatsStoreTests
{
    private static readonly TimeSpan _deadline = TimeSpan.FromSeconds(30);

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
}
