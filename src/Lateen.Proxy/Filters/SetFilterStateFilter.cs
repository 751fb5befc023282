using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>set_filter_state</c>: filter state made from formats.</summary>
internal sealed class SetFilterStateFilter : HttpFilter
{
    public required FilterStateEntry[] Entries { get; init; }

    /// <summary>The route is chosen anew when the state has changed.</summary>
    public bool ClearsRoute { get; init; }

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        var info = stream.Info;
        Apply(Entries, info);
        Apply(info.RouteConfiguration?.PerFilter.Get(Name), info);
        Apply(info.VirtualHost?.PerFilter.Get(Name), info);
        Apply(info.Route?.PerFilter.Get(Name), info);
        Apply(info.WeightedCluster?.PerFilter.Get(Name), info);
        if (ClearsRoute)
        {
            stream.RefreshRoute();
        }
        return HttpFilterResult.Continue;
    }

    /// <summary>Every level adds its own.</summary>
    private static void Apply(object? entries, StreamInfo info)
    {
        foreach (var entry in entries as FilterStateEntry[] ?? [])
        {
            entry.Apply(info);
        }
    }
}
