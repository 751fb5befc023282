namespace Lateen.Net;

/// <summary>
/// A one-shot timer of an event loop. Starting it again moves its deadline; stopping and moving it later cost a store,
/// since the wheel looks at the deadline only when it comes by. <see cref="Remove"/> it when its owner ends.
/// </summary>
public sealed class LoopTimer : TimerNode
{
    private readonly TimerWheel _wheel;

    /// <summary>Makes a stopped timer.</summary>
    /// <param name="wheel">The wheel of the owner's loop.</param>
    /// <param name="target">Who is called.</param>
    /// <param name="kind">Tells timers of one target apart; the target's own numbers.</param>
    public LoopTimer(TimerWheel wheel, ITimerTarget target, int kind = 0)
    {
        _wheel = wheel;
        Target = target;
        Kind = kind;
    }

    /// <summary>The target's own number for what this timer is about.</summary>
    public int Kind { get; }

    /// <summary>Whether it will fire.</summary>
    public bool IsStarted => DeadlineMillis != Never;

    internal ITimerTarget Target { get; }

    /// <summary>Fires after <paramref name="delayMillis"/> milliseconds (at least one), counted from the loop's present
    /// turn.</summary>
    public void Start(long delayMillis) => _wheel.Schedule(this, _wheel.NowMillis + Math.Max(1, delayMillis));

    /// <summary>It will not fire until started again.</summary>
    public void Stop() => DeadlineMillis = Never;

    /// <summary>Stops it and takes it out of the wheel, so that its target can be collected or reused.</summary>
    public void Remove()
    {
        DeadlineMillis = Never;
        _wheel.Remove(this);
    }

    internal override void OnDue() => Target.OnTimer(this);
}
