using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>filter_chain</c>: a chain that routes may replace by name or by their own.</summary>
internal sealed class FilterChainFilter : DelegatingFilter
{
    /// <summary>The chain where routes say nothing; null: none.</summary>
    public HttpFilter? Default { get; init; }

    public required Dictionary<string, HttpFilter> Named { get; init; }

    protected override HttpFilter? Choose(HttpStream stream) => Route.GetPerFilterConfig(stream.Info, Name) switch
    {
        FilterChainRouteSettings { Chain: { } own } => own,
        FilterChainRouteSettings settings => Named.GetValueOrDefault(settings.ChainName) ?? Default,
        _ => Default,
    };
}

/// <summary>A route's chain, or the name of one.</summary>
internal sealed record FilterChainRouteSettings(HttpFilter? Chain, string ChainName);
