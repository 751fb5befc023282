using Lateen.Proxy.Filters;
using Lateen.Proxy.Listeners;

namespace Lateen.Proxy.Network;

/// <summary>The network filter <c>set_filter_state</c>: objects made from formats when a connection begins.</summary>
internal sealed class SetFilterStateConfig : NetworkFilterConfig
{
    public required FilterStateEntry[] Entries { get; init; }

    /// <summary>Made when TLS has been agreed on, of what the client showed; without TLS at once.</summary>
    public FilterStateEntry[] AtHandshake { get; init; } = [];

    /// <summary>Made when the first data comes.</summary>
    public FilterStateEntry[] AtData { get; init; } = [];
}
