using Lateen.Pilot.Serving;

namespace Lateen.Pilot.Tests.Serving;

public sealed class DebouncerTests
{
    private readonly ManualClock _clock = new();
    private readonly List<string> _batches = [];

    [Fact]
    public void Add_ThenQuiet_FlushesOnce()
    {
        using var debouncer = Create();
        debouncer.Add([new("a", "1")]);
        _clock.Advance(9);
        debouncer.Add([new("a", "2"), new("b", "1")]);
        _clock.Advance(9);
        Assert.Empty(_batches);

        _clock.Advance(1);

        Assert.Equal(["1,2"], _batches);
        _clock.Advance(1000);
        Assert.Single(_batches);
    }

    [Fact]
    public void Add_NeverQuiet_FlushesAtTheMaximum()
    {
        using var debouncer = Create();
        for (var i = 0; i < 20; i++)
        {
            debouncer.Add([new("a", $"{i}")]);
            _clock.Advance(5);
        }

        Assert.Equal(["9", "19"], _batches);
    }

    private Debouncer<string, string> Create() => new(
        new DebounceOptions { Quiet = TimeSpan.FromMilliseconds(10), Max = TimeSpan.FromMilliseconds(50) },
        _clock,
        batch => _batches.Add(string.Join(',', batch.Order())));

    /// <summary>Time that passes only when told; timers fire in the order of their deadlines.</summary>
    private sealed class ManualClock : TimeProvider
    {
        private readonly List<ManualTimer> _timers = [];
        private DateTimeOffset _now = DateTimeOffset.UnixEpoch;

        public override DateTimeOffset GetUtcNow() => _now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = new ManualTimer(this, callback, state);
            timer.Change(dueTime, period);
            _timers.Add(timer);
            return timer;
        }

        public void Advance(int milliseconds)
        {
            var end = _now + TimeSpan.FromMilliseconds(milliseconds);
            while (_timers.Where(t => t.DueAt <= end).MinBy(t => t.DueAt) is { } timer)
            {
                _now = timer.DueAt!.Value;
                timer.Fire();
            }
            _now = end;
        }

        private sealed class ManualTimer(ManualClock clock, TimerCallback callback, object? state) : ITimer
        {
            public DateTimeOffset? DueAt { get; private set; }

            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                DueAt = dueTime == Timeout.InfiniteTimeSpan ? null : clock._now + dueTime;
                return true;
            }

            public void Fire()
            {
                DueAt = null;
                callback(state);
            }

            public void Dispose() => DueAt = null;

            public ValueTask DisposeAsync()
            {
                Dispose();
                return default;
            }
        }
    }
}
