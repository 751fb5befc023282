using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Filters;

/// <summary>Header mutations of one level of the route table.</summary>
internal sealed record HeaderMutationSettings(HeaderMutations[] Request, HeaderMutations[] Response)
{
    public HeaderMutations[] RequestTrailers { get; init; } = [];

    public HeaderMutations[] ResponseTrailers { get; init; } = [];

    /// <summary>Changes of the query, in order.</summary>
    public QueryMutation[] Query { get; init; } = [];
}
