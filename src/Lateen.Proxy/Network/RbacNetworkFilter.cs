using Lateen.Net;
using Lateen.Proxy.Rbac;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Network;

/// <summary>The filter <c>rbac</c>: looks at the first bytes, so that a server may speak first, or at all.</summary>
internal sealed class RbacNetworkFilter(NetworkFilterChain chain, RbacNetworkFilterConfig config) : NetworkFilter
{
    private bool _allowed;

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
        downstream.Connection.Close(CloseType.NoFlush);
        return false;
    }
}
