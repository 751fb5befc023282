using Lateen.Proxy.Pacing;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Tests.Pacing;

public sealed class PacingTests
{
    private const long Second = 1_000_000_000;
    private const long Millisecond = 1_000_000;

    [Fact]
    public void AdmissionWindow_HalfFailed_RejectsAsTheFormulaSays()
    {
        var window = new AdmissionWindow(30);
        for (var i = 0; i < 100; i++)
        {
            window.Record(i % 2 == 0, 10 * Second);
        }

        Assert.Equal((100 - (50 / 0.95)) / 101, window.RejectionShare(0.95, 1, 0.8), 6);
    }

    [Fact]
    public void AdmissionWindow_AfterItsTime_Forgets()
    {
        var window = new AdmissionWindow(30);
        window.Record(false, 10 * Second);

        window.Forget(39 * Second);
        Assert.Equal(1, window.Total);
        window.Forget(40 * Second);
        Assert.Equal(0, window.Total);
    }

    [Fact]
    public void BandwidthBucket_Empty_FillsByTime()
    {
        var bucket = new BandwidthBucket(1000, 50 * Millisecond);

        Assert.Equal(50, bucket.Take(500, Second));
        Assert.Equal(0, bucket.Take(500, Second));
        Assert.Equal(100, bucket.Take(500, Second + (100 * Millisecond)));
    }

    [Fact]
    public void GradientController_WhileMeasuring_LetsOnlyTheMinimumIn()
    {
        var controller = Create(minimum: 1, samples: 2);

        Assert.True(controller.TryEnter(Second));
        Assert.False(controller.TryEnter(Second));
        Assert.True(controller.IsMeasuring);
    }

    [Fact]
    public void GradientController_FixedTime_MeasuresNothing()
    {
        var controller = Create(2, 50, Millisecond);

        Assert.False(controller.IsMeasuring);
        Assert.True(controller.TryEnter(Second));
        Assert.True(controller.TryEnter(Second));
        Assert.False(controller.TryEnter(1000 * Second));
        Assert.False(controller.IsMeasuring);
    }

    [Fact]
    public void GradientController_SteadyTimes_RaisesTheLimit()
    {
        var controller = Create(minimum: 3, samples: 2);
        var now = Second;
        for (var i = 0; i < 2; i++)
        {
            Assert.True(controller.TryEnter(now));
            controller.Leave(10 * Millisecond, now);
        }
        Assert.False(controller.IsMeasuring);

        Assert.True(controller.TryEnter(now));
        controller.Leave(10 * Millisecond, now);
        now += 200 * Millisecond;
        Assert.True(controller.TryEnter(now));

        // gradient 1.25, so that 3 becomes 3.75 + sqrt(3.75)
        Assert.Equal(5, controller.Limit);
    }

    private static GradientController Create(int minimum, int samples, long? fixedNanos = null) => new(
        new GradientConfig(0.5, minimum, 1000, 100 * Millisecond, 60 * Second, samples, 0, 0.25, fixedNanos),
        new StatsStore(1).GetScope("http.test.", StatLayout.Empty), 1);
}
