using Lateen.Net;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Network;

/// <summary>Refuses connections beyond a number, at once or after a delay.</summary>
internal sealed class ConnectionLimitFilter(NetworkFilterChain chain, ConnectionLimitConfig config)
    : NetworkFilter, ITimerTarget
{
    private LoopTimer? _timer;
    private bool _isIn;

    internal override bool OnNewConnection()
    {
        var worker = chain.Downstream.Worker;
        if (!config.Enabled.IsOn)
        {
            return true;
        }

        _isIn = config.TryEnter(worker.Index);
        if (_isIn)
        {
            return true;
        }

        if (config.DelayNanos > 0)
        {
            chain.Downstream.Connection.ReadDisable(true);
            _timer = new LoopTimer(worker.Loop.Timers, this);
            _timer.Start((config.DelayNanos + 999_999) / 1_000_000);
        }
        else
        {
            chain.Downstream.Connection.Close(CloseType.NoFlush);
        }

        return false;
    }

    internal override void OnClosed()
    {
        _timer?.Remove();
        if (_isIn)
        {
            _isIn = false;
            config.Leave(chain.Downstream.Worker.Index);
        }
    }

    void ITimerTarget.OnTimer(LoopTimer timer) => chain.Downstream.Connection.Close(CloseType.NoFlush);
}
