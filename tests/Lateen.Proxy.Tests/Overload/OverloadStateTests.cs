using Lateen.Proxy.Overload;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Tests.Overload;

/// <summary>When actions count, and the number of connections that there may be.</summary>
public sealed class OverloadStateTests
{
    [Theory]
    [InlineData(0.5, 0.5, 0.49, 0)]
    [InlineData(0.5, 0.5, 0.5, 1)]
    [InlineData(0.4, 0.8, 0.3, 0)]
    [InlineData(0.4, 0.8, 0.6, 0.5)]
    [InlineData(0.4, 0.8, 0.9, 1)]
    public void Trigger_AtAPressure_GivesItsState(double from, double full, double pressure, double state) =>
        Assert.Equal(state, new OverloadTrigger("r", from, full).StateAt(pressure), 6);

    [Fact]
    public void Connections_BeyondTheLimit_AreRefusedUntilOneLeaves()
    {
        var state = new OverloadState(new StatsStore(1)) { ConnectionCountMax = 1 };
        Assert.True(state.TryEnter());
        Assert.False(state.TryEnter());
        state.Leave();
        Assert.True(state.TryEnter());
    }

    [Fact]
    public void Timeouts_WhenReducedInFull_KeepTheirLeastPart()
    {
        Assert.Equal(1_000_000_000, TimeoutScales.Apply(10_000_000_000, 0.1, 1));
        Assert.Equal(2_000_000_000, TimeoutScales.Apply(10_000_000_000, -2_000_000_000, 1));
        Assert.Equal(5_500_000_000, TimeoutScales.Apply(10_000_000_000, 0.1, 0.5));
        Assert.Equal(10_000_000_000, TimeoutScales.Apply(10_000_000_000, 0.1, 0));
    }

    [Fact]
    public void Timer_WhoseTimeMayBeReduced_LooksAgain()
    {
        const long Second = 1_000_000_000;
        var state = new OverloadState(new StatsStore(1)) { LookNanos = Second };

        Assert.Equal(60_000, state.LeftMillis(1, 60 * Second, 0));
        Assert.Equal(6000, state.LeftMillis(0.1, 60 * Second, 0));
        Assert.Equal(1000, state.LeftMillis(0.1, 60 * Second, 7 * Second));
        Assert.Equal(0, state.LeftMillis(0.1, 60 * Second, 60 * Second));
        state[OverloadActionKind.ReduceTimeouts] = 1;
        Assert.Equal(0, state.LeftMillis(0.1, 60 * Second, 7 * Second));
        Assert.Equal(300, state.LeftMillis(-0.3 * Second, 60 * Second, 0));
    }

    [Fact]
    public void Trigger_InTheMiddle_IsAHalfInSpiteOfRounding() =>
        Assert.Equal(50, (long)((float)new OverloadTrigger("r", 0.5, 0.9).StateAt(0.7) * 100));

    [Fact]
    public void Point_InFullForce_ShedsAndCounts()
    {
        var stats = new StatsStore(1);
        var state = new OverloadState(stats);
        state.SetPoint(LoadShedPointKind.TcpListenerAccept, "p", 1);
        Assert.True(state.Sheds(LoadShedPointKind.TcpListenerAccept, 1, 0));
        Assert.Equal(1, stats.Collect().Single(sample => sample.Name == "overload.p.shed_load_count").Value);
    }
}
