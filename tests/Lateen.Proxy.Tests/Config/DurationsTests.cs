using Lateen.Proxy.Config.Decode;

namespace Lateen.Proxy.Tests.Config;

public sealed class DurationsTests
{
    // The interval by which Istio switches the clean-up of an inbound cluster off.
    private const long IstioNever = 9_000_000_000_000_000_000;

    [Theory]
    [InlineData(IstioNever)]
    [InlineData(0)]
    [InlineData(-5)]
    [InlineData(5_000_000_000)]
    public void TimerSpan_AnyConfiguredPeriod_IsTakenByATimer(long nanos)
    {
        var span = Durations.TimerSpan(nanos);

        Assert.True(span > TimeSpan.Zero);
        using var timer = TimeProvider.System.CreateTimer(_ => { }, null, span, span);
    }

    [Fact]
    public void TimerSpan_OrdinaryPeriod_IsKept()
    {
        Assert.Equal(TimeSpan.FromSeconds(5), Durations.TimerSpan(5_000_000_000));
    }
}
