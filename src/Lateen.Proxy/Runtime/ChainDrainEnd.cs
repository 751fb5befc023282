using Lateen.Net;

namespace Lateen.Proxy.Runtime;

/// <summary>Ends the connections of a listener's replaced filter chains when their drain time is over.</summary>
internal sealed class ChainDrainEnd : ITimerTarget
{
    private readonly ActiveListener _listener;
    private readonly int _drain;

    private ChainDrainEnd(ActiveListener listener, int drain)
    {
        _listener = listener;
        _drain = drain;
    }

    internal static void Start(Worker worker, ActiveListener listener, int drain, TimeSpan delay)
    {
        var timer = new LoopTimer(worker.Loop.Timers, new ChainDrainEnd(listener, drain));
        timer.Start((long)Math.Max(1, delay.TotalMilliseconds));
    }

    void ITimerTarget.OnTimer(LoopTimer timer) => _listener.EndDrain(_drain);
}
