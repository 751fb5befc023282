namespace Lateen.Net;

/// <summary>What hangs in a <see cref="TimerWheel"/>: a timer of its own, or something that has one timer built
/// in.</summary>
public abstract class TimerNode
{
    internal const long Never = long.MaxValue;

    internal TimerNode? Next;
    internal TimerNode? Previous;
    internal long DeadlineMillis = Never;
    internal int SlotIndex = -1;

    /// <summary>When the wheel looks at it, the last 32 bits; a slot lies less than 2^32 ms ahead.</summary>
    internal uint SlotMillis;

    private protected TimerNode()
    {
    }

    /// <summary>Its time has come.</summary>
    internal abstract void OnDue();
}
