namespace Lateen.Net.Tests.Timers;

public sealed class TimerWheelTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(70_000)]
    [InlineData(20_000_000)]
    public void Start_AnyDelay_FiresInItsMillisecond(long delay)
    {
        foreach (var start in (long[])[0, 1, 250, 255, 256, 1000, 65_530])
        {
            var wheel = new TimerWheel(start);
            var log = new Log(wheel);
            new LoopTimer(wheel, log, 7).Start(delay);

            wheel.Advance(start + delay - 1);
            Assert.Empty(log.Fired);
            wheel.Advance(start + delay);
            Assert.Equal([(7, start + delay)], log.Fired);
        }
    }

    [Fact]
    public void Advance_ManyRandomTimers_FiresAllInOrder()
    {
        var random = new Random(4711);
        var wheel = new TimerWheel(123);
        var log = new Log(wheel);
        var expected = new List<long>();
        for (var i = 0; i < 500; i++)
        {
            var delay = random.Next(1, 300_000);
            new LoopTimer(wheel, log).Start(delay);
            expected.Add(123 + delay);
        }

        for (var now = 123L; log.Fired.Count < 500 && now < 400_000; now += random.Next(1, 5000))
        {
            wheel.Advance(now);
        }

        expected.Sort();
        Assert.Equal(expected, log.Fired.Select(f => f.At));
    }

    [Fact]
    public void NextDelay_WokenThen_NeverLate()
    {
        var random = new Random(99);
        var wheel = new TimerWheel(5);
        var log = new Log(wheel);
        new LoopTimer(wheel, log).Start(100_000);
        new LoopTimer(wheel, log).Start(300);
        var wakes = 0;
        while (wheel.Count > 0)
        {
            wheel.Advance(wheel.NowMillis + wheel.NextDelay());
            wakes++;
        }

        Assert.Equal([305L, 100_005L], log.Fired.Select(f => f.At));
        Assert.InRange(wakes, 2, 10 + random.Next(1));
    }

    [Fact]
    public void Start_MovedLater_FiresOnceAtTheNewTime()
    {
        var wheel = new TimerWheel(0);
        var log = new Log(wheel);
        var timer = new LoopTimer(wheel, log);
        timer.Start(10);
        wheel.Advance(5);
        timer.Start(100);
        wheel.Advance(104);
        Assert.Empty(log.Fired);
        wheel.Advance(200);
        Assert.Equal([(0, 105L)], log.Fired);
    }

    [Fact]
    public void Start_MovedEarlier_FiresAtTheEarlierTime()
    {
        var wheel = new TimerWheel(0);
        var log = new Log(wheel);
        var timer = new LoopTimer(wheel, log);
        timer.Start(1000);
        timer.Start(10);
        wheel.Advance(10);
        Assert.Equal([(0, 10L)], log.Fired);
        wheel.Advance(2000);
        Assert.Single(log.Fired);
    }

    [Fact]
    public void Stop_BeforeItsTime_NeverFires()
    {
        var wheel = new TimerWheel(0);
        var log = new Log(wheel);
        var timer = new LoopTimer(wheel, log);
        timer.Start(10);
        timer.Stop();
        wheel.Advance(5000);
        Assert.Empty(log.Fired);
        Assert.Equal(0, wheel.Count);
    }

    private sealed class Log(TimerWheel wheel) : ITimerTarget
    {
        public List<(int Kind, long At)> Fired { get; } = [];

        public void OnTimer(LoopTimer timer) => Fired.Add((timer.Kind, wheel.NowMillis));
    }
}
