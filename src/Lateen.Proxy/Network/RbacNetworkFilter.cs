using Lateen.Net;
using Lateen.Proxy.Rbac;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Network;

/// <summary>The filter <c>rbac</c>: looks at the first bytes, so that a server may speak first, or at all.</summary>
internal sealed class RbacNetworkFilter(NetworkFilterChain chain, RbacNetworkFilterConfig config)
    : NetworkFilter, ITimerTarget
{
    private LoopTimer? _timer;
    private bool _allowed;

    internal override bool IsAskedAlways => true;

    internal override bool OnData()
    {
        if (_allowed && !config.IsContinuous)
        {
            return true;
        }

        var downstream = chain.Downstream;
        if (config.Rules.IsAllowed(downstream.Worker.Index, null, chain.Stream, out var details))
        {
            _allowed = true;
            return true;
        }

        downstream.Info.TerminationDetails = details;
        chain.Stream.DownstreamCloseReason = "rbac_deny_close";
        if (config.DelayDenyNanos == 0)
        {
            downstream.Connection.Close(CloseType.NoFlush);
        }
        else if (_timer is null)
        {
            _timer = new LoopTimer(downstream.Worker.Loop.Timers, this);
            _timer.Start((config.DelayDenyNanos + 999_999) / 1_000_000);
        }

        return false;
    }

    internal override void OnClosed() => _timer?.Remove();

    void ITimerTarget.OnTimer(LoopTimer timer) => chain.Downstream.Connection.Close(CloseType.NoFlush);
}
