using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Network;

/// <summary>Leaves filter state on a connection for those behind.</summary>
internal sealed class SetFilterStateNetworkFilter(NetworkFilterChain chain, SetFilterStateConfig config) : NetworkFilter
{
    internal override bool OnNewConnection()
    {
        foreach (var entry in config.Entries)
        {
            if (entry.Make(chain.Stream) is { } value)
            {
                chain.Downstream.Info.SetFilterState(entry.Key, value);
            }
        }

        return true;
    }
}
