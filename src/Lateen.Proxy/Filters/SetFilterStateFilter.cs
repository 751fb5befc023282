using Lateen.Http;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Formatting;
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
            if (entry.Make(info) is { } value)
            {
                info.SetFilterState(entry.Key, value);
            }
        }
        return HttpFilterResult.Continue;
    }
}

/// <summary>One object of the filter state. Source: <c>set_filter_state.v3.FilterStateValue</c>.</summary>
internal sealed record FilterStateEntry(string Key, AccessLogFormat Format, bool SkipIfEmpty)
{
    /// <summary>The text; null when it is empty and then left out.</summary>
    public string? Make(StreamInfo info)
    {
        var output = Scratch.Formatted;
        Format.Write(output, info, new FormatContext(AccessLogType.NotSet));
        return output.Length == 0 && SkipIfEmpty ? null : output.ToString();
    }
}
