using Lateen.Proxy.Filters;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Network;

/// <summary>Leaves filter state on a connection for those behind.</summary>
internal sealed class SetFilterStateNetworkFilter(NetworkFilterChain chain, SetFilterStateConfig config) : NetworkFilter
{
    private bool _sawData;

    internal override bool OnNewConnection()
    {
        Apply(config.Entries);
        // Without TLS a connection is ready at once.
        if (chain.Downstream.Info.Tls is null)
        {
            Apply(config.AtHandshake);
        }

        return true;
    }

    /// <summary>Other filters begin before TLS has been agreed on.</summary>
    internal override void OnStarted()
    {
        if (chain.Downstream.Info.Tls is not null)
        {
            Apply(config.AtHandshake);
        }
    }

    internal override bool OnData()
    {
        if (!_sawData)
        {
            _sawData = true;
            Apply(config.AtData);
        }

        return true;
    }

    private void Apply(FilterStateEntry[] entries)
    {
        foreach (var entry in entries)
        {
            entry.ApplyToConnection(chain.Stream);
        }
    }
}
