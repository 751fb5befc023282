namespace Lateen.Proxy.Listeners;

/// <summary>One network filter of a filter chain; the runtime switches on the type.</summary>
internal abstract class NetworkFilterConfig
{
    public string Name { get; init; } = "";

    /// <summary>Whether the filter ends the chain (connection manager, TCP proxy, direct response, echo).</summary>
    public virtual bool IsTerminal => false;
}
