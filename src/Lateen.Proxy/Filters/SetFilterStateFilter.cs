using Lateen.Http;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>set_filter_state</c>: filter state made from formats.</summary>
internal sealed class SetFilterStateFilter : HttpFilter
{
    public required FilterStateEntry[] Entries { get; init; }

    public override HttpFilterResult OnRequestHeaders(int worker, HeaderMap request, StreamInfo info)
    {
        foreach (var entry in Route.GetPerFilterConfig(info, Name) as FilterStateEntry[] ?? Entries)
        {
            entry.Apply(info);
        }
        return HttpFilterResult.Continue;
    }
}
