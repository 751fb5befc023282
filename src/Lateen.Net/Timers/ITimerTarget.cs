namespace Lateen.Net;

/// <summary>Who a <see cref="LoopTimer"/> calls when its time has come.</summary>
public interface ITimerTarget
{
    /// <summary>Called on the loop's thread, once per start of the timer.</summary>
    void OnTimer(LoopTimer timer);
}
