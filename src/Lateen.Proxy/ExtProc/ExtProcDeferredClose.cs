using Lateen.Net;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.ExtProc;

/// <summary>
/// The stream of an observer whose request is over: it stays open for a while, so that the service may read all of it.
/// </summary>
internal sealed class ExtProcDeferredClose : ITimerTarget
{
    private readonly LoopTimer _timer;
    private readonly GrpcStream _call;
    private readonly Action _closed;

    private ExtProcDeferredClose(Worker worker, GrpcStream call, Action closed)
    {
        (_call, _closed) = (call, closed);
        _timer = new LoopTimer(worker.Loop.Timers, this);
    }

    public static void Start(Worker worker, GrpcStream call, long nanos, Action closed) =>
        new ExtProcDeferredClose(worker, call, closed)._timer.Start((nanos + 999_999) / 1_000_000);

    void ITimerTarget.OnTimer(LoopTimer timer)
    {
        _timer.Remove();
        _closed();
        _call.Close();
        _call.Reset();
    }
}
