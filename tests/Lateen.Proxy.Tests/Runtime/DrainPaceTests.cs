using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Tests.Runtime;

public sealed class DrainPaceTests
{
    private const long Second = 1_000_000_000;

    [Theory]
    [InlineData(0, 0)]
    [InlineData(2, 25)]
    [InlineData(5, 55)]
    [InlineData(10, 100)]
    [InlineData(11, 100)]
    public void Closes_DrainingGradually_GrowsWithTheTime(int seconds, int percent)
    {
        // In whole seconds, so that the second that has begun counts.
        var pace = new DrainPace(10 * Second, true);
        var now = (seconds * Second) + (seconds is 2 or 5 ? Second / 2 : 0);

        var count = Enumerable.Range(0, 10).Count(random => pace.Closes(0, now, (ulong)random));

        Assert.InRange(count * 10, percent - 5, percent + 5);
    }

    [Fact]
    public void Closes_DrainingImmediately_IsTrueAtOnce() =>
        Assert.True(new DrainPace(600 * Second, false).Closes(0, 0, 599));

    [Fact]
    public void Closes_WithoutDrainTime_IsTrueAtOnce() => Assert.True(new DrainPace(0, true).Closes(0, 0, 0));
}
