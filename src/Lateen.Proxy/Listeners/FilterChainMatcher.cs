using Lateen.Proxy.Matching;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Listeners;

/// <summary>Leads from facts of a connection to the name of a chain (<c>filter_chain_matcher</c>). Immutable.</summary>
internal sealed class FilterChainMatcher(MatcherTree<string> tree, IReadOnlyDictionary<string, FilterChain> chains)
{
    /// <summary>A name that no chain has is no match, and not the default chain either.</summary>
    public FilterChain? Match(ConnectionInfo connection, FilterChain? standard)
    {
        var info = new StreamInfo();
        info.Reset(connection);
        info.Metadata = connection.Metadata;
        return tree.Match(new MatchData(info, null, null)) is { } name ? chains.GetValueOrDefault(name) : standard;
    }
}
