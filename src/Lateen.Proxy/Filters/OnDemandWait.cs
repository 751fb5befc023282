using Lateen.Net;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Filters;

/// <summary>A request that waits for discovery. All on its worker.</summary>
internal sealed class OnDemandWait(HttpStream stream) : ITimerTarget
{
    private LoopTimer? _timer;
    private bool _isOver;

    /// <summary>Begins the wait; 0: without end.</summary>
    public void Start(long timeoutNanos)
    {
        if (timeoutNanos > 0)
        {
            _timer = new LoopTimer(stream.Worker.Loop.Timers, this);
            _timer.Start((timeoutNanos + 999_999) / 1_000_000);
        }
    }

    /// <summary>What was asked for is there, or never will be.</summary>
    public void Resume()
    {
        if (_isOver)
        {
            return;
        }
        Cancel();
        stream.RefreshRoute();
        stream.ResumeRequest(HttpFilterResult.Continue);
    }

    /// <summary>The request is over.</summary>
    public void Cancel()
    {
        _isOver = true;
        _timer?.Remove();
    }

    void ITimerTarget.OnTimer(LoopTimer timer) => Resume();
}
