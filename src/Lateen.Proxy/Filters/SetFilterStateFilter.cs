using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>set_filter_state</c>: filter state made from formats.</summary>
internal sealed class SetFilterStateFilter : HttpFilter
{
    public required FilterStateEntry[] Entries { get; init; }

    /// <summary>The route is chosen anew when the state has changed.</summary>
    public bool ClearsRoute { get; init; }

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        foreach (var entry in Route.GetPerFilterConfig(stream.Info, Name) as FilterStateEntry[] ?? Entries)
        {
            entry.Apply(stream.Info);
        }
        if (ClearsRoute)
        {
            stream.RefreshRoute();
        }
        return HttpFilterResult.Continue;
    }
}
