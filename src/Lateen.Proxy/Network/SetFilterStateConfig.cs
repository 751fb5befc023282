using Lateen.Proxy.Filters;
using Lateen.Proxy.Listeners;

namespace Lateen.Proxy.Network;

/// <summary>The network filter <c>set_filter_state</c>: objects made from formats when a connection begins.</summary>
internal sealed class SetFilterStateConfig : NetworkFilterConfig
{
    public required FilterStateEntry[] Entries { get; init; }
}
