namespace Lateen.Net;

/// <summary>
/// Something with a file descriptor that an <see cref="EventLoop"/> watches, and with one timer built in. All calls
/// come on the loop's thread.
/// </summary>
public abstract class EventSource : TimerNode
{
    internal int Slot = -1;
    internal bool IsDeferred;
    internal bool IsDirty;
    internal EventSource? NextDirty;

    /// <summary>The kernel reported something: bits of <c>EPOLLIN</c> and so on, edge-triggered.</summary>
    protected internal abstract void OnEvents(uint events);

    /// <summary>The turn that <see cref="EventLoop.Defer"/> asked for: goes on with work that was cut off for
    /// fairness.</summary>
    protected internal virtual void OnDeferred()
    {
    }

    /// <summary>The event that made output (<see cref="EventLoop.MarkDirty"/>) is over, maybe others of the turn, too:
    /// sends what has gathered.</summary>
    protected internal virtual void OnFlush()
    {
    }

    internal override void OnDue()
    {
    }
}
