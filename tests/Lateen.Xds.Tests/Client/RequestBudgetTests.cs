using Lateen.TestKit;
using Lateen.Xds.Client;

namespace Lateen.Xds.Tests.Client;

public sealed class RequestBudgetTests
{
    private readonly VirtualClock _clock = new();

    [Fact]
    public void Tokens_WhenTaken_ComeBackWithTime()
    {
        var budget = new RequestBudget(2, 1, _clock);

        Assert.True(budget.TryTake(out _));
        Assert.True(budget.TryTake(out _));
        Assert.False(budget.TryTake(out var wait));
        Assert.InRange(wait.TotalSeconds, 0.9, 1.1);
        _clock.Advance(wait);
        Assert.True(budget.TryTake(out _));
        Assert.False(budget.TryTake(out _));
    }

    [Fact]
    public void Tokens_Unlimited_AreAlwaysThere()
    {
        var budget = new RequestBudget(0, 1, _clock);

        Assert.True(Enumerable.Range(0, 1000).All(_ => budget.TryTake(out var _)));
    }
}
