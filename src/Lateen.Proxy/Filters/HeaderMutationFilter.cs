using Lateen.Http;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>header_mutation</c>; each mutation is applied by itself, in order.</summary>
internal sealed class HeaderMutationFilter : HttpFilter
{
    public HeaderMutations[] RequestMutations { get; init; } = [];

    public HeaderMutations[] ResponseMutations { get; init; } = [];

    public QueryMutation[] QueryMutations { get; init; } = [];

    public bool MostSpecificWins { get; init; }

    public override HttpFilterResult OnRequestHeaders(int worker, HeaderMap request, StreamInfo info)
    {
        Apply(RequestMutations, request, info);
        QueryMutation.Apply(QueryMutations, request, decode: true);
        foreach (var level in Levels(info))
        {
            Apply(level.Request, request, info);
            QueryMutation.Apply(level.Query, request, decode: true);
        }
        return HttpFilterResult.Continue;
    }

    public override void OnResponseHeaders(int worker, HeaderMap response, StreamInfo info)
    {
        Apply(ResponseMutations, response, info);
        foreach (var level in Levels(info))
        {
            Apply(level.Response, response, info);
        }
    }

    private static void Apply(HeaderMutations[] mutations, HeaderMap headers, StreamInfo info)
    {
        foreach (var mutation in mutations)
        {
            mutation.Apply(headers, info);
        }
    }

    /// <summary>Settings of the route's levels: the most specific first by default, so that the least specific
    /// wins.</summary>
    private IEnumerable<HeaderMutationSettings> Levels(StreamInfo info)
    {
        var levels = new[] { info.WeightedCluster?.PerFilter, info.Route?.PerFilter, info.VirtualHost?.PerFilter,
            info.RouteConfiguration?.PerFilter }
            .Select(level => level?.Get(Name)).OfType<HeaderMutationSettings>();
        return MostSpecificWins ? levels.Reverse() : levels;
    }
}
