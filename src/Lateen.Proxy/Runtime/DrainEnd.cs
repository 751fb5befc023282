using Lateen.Net;

namespace Lateen.Proxy.Runtime;

/// <summary>What follows when the drain time of a listener is over: no more accepting, or the end of its
/// connections.</summary>
internal sealed class DrainEnd : ITimerTarget
{
    private readonly ActiveListener _listener;
    private readonly bool _closesConnections;

    private DrainEnd(ActiveListener listener, bool closesConnections)
    {
        _listener = listener;
        _closesConnections = closesConnections;
    }

    internal static void Start(Worker worker, ActiveListener listener, TimeSpan delay, bool closesConnections)
    {
        var timer = new LoopTimer(worker.Loop.Timers, new DrainEnd(listener, closesConnections));
        timer.Start((long)Math.Max(1, delay.TotalMilliseconds));
    }

    void ITimerTarget.OnTimer(LoopTimer timer)
    {
        _listener.StopListening();
        if (_closesConnections)
        {
            _listener.CloseConnections(true);
        }
    }
}
