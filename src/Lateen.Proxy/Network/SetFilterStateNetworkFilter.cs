using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Network;

/// <summary>Leaves filter state on a connection for those behind.</summary>
internal sealed class SetFilterStateNetworkFilter(NetworkFilterChain chain, SetFilterStateConfig config) : NetworkFilter
{
    internal override bool OnNewConnection()
    {
        foreach (var entry in config.Entries)
        {
            entry.ApplyToConnection(chain.Stream);
        }

        return true;
    }
}
