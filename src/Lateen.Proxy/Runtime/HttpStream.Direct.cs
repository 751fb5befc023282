using Lateen.Proxy.Filters;

namespace Lateen.Proxy.Runtime;

/// <content>Requests that leave the filter chain before its end.</content>
internal sealed partial class HttpStream
{
    /// <summary>The request goes past the filters that follow; the filter that says so then waits.</summary>
    internal void RouteDirectly(RouterFilter filter)
    {
        _inFilter = false;
        _filterIndex = Config.HttpFilters.Length;
        StartRouter(filter);
    }
}
