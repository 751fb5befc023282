using Lateen.Proxy.Matching;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>composite</c>: a matcher names the filter that acts.</summary>
internal sealed class CompositeFilter(StatsScope scope) : DelegatingFilter
{
    private readonly int _success = scope.GetOrAdd("composite.filter_delegation_success");

    /// <summary>Chooses; null when nothing does, which only routes can change.</summary>
    public MatcherTree<CompositeAction>? Tree { get; init; }

    /// <summary>Chains of filters that actions name.</summary>
    public IReadOnlyDictionary<string, HttpFilter> Chains { get; init; } = new Dictionary<string, HttpFilter>();

    /// <summary>Filters that actions name and that are discovered.</summary>
    public IReadOnlyList<DiscoveredFilter> Named { get; init; } = [];

    /// <summary>Filters and chains that actions hold.</summary>
    public IReadOnlyList<HttpFilter> Executed { get; init; } = [];

    public override IReadOnlyList<DiscoveredFilter> Discovered => Named;

    /// <summary>Actions of routes are not for attempts.</summary>
    public override bool FitsAttempts => Executed.All(static filter => filter.FitsAttempts)
        && Chains.Values.All(static chain => chain.FitsAttempts);

    protected override HttpFilter? Choose(HttpStream stream)
    {
        var tree = stream.Router.FiltersRequest
            ? Tree : Route.GetPerFilterConfig(stream.Info, Name) as MatcherTree<CompositeAction> ?? Tree;
        if (tree?.Match(new MatchData(stream.Info, stream.Request, null)) is not { } action
            || !action.Share.IsHit(stream.Info.RandomValue, RuntimeSettings.Current))
        {
            return null;
        }
        var chosen = action.Filter ?? Chains.GetValueOrDefault(action.ChainName);
        if (chosen is not null)
        {
            scope.Add(stream.Worker.Index, _success);
        }
        return chosen;
    }
}

/// <summary>A filter to run for a share of the requests that match. Source: <c>ExecuteFilterAction</c>.</summary>
/// <param name="Filter">The filter; null: a chain of the filter <c>composite</c>.</param>
/// <param name="ChainName">Name of that chain; one that does not exist, or no name, does nothing.</param>
/// <param name="Share">How many requests run it.</param>
internal sealed record CompositeAction(HttpFilter? Filter, string ChainName, FractionalPercent Share);
