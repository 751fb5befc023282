using Envoy.Config.Listener.V3;
using Envoy.Type.V3;

namespace Lateen.Pilot.Listeners;

/// <summary>
/// The inspectors of an inbound listener: only on ports whose chains ask for what they find out, because they wait for
/// the client's first bytes.
/// </summary>
internal static class InboundInspectors
{
    /// <summary>The listener filters that the chains need.</summary>
    internal static IEnumerable<ListenerFilter> For(IEnumerable<FilterChain> chains)
    {
        var needs = new SortedDictionary<int, (bool Tls, bool Http)>();
        foreach (var chain in chains)
        {
            var match = chain.FilterChainMatch;
            var port = (int)(match?.DestinationPort ?? 0);
            var http = match is not null
                && (match.ApplicationProtocols.Contains("http/1.1") || match.ApplicationProtocols.Contains("h2c"));
            var need = needs.GetValueOrDefault(port);
            needs[port] = (need.Tls || match?.TransportProtocol == "tls", need.Http || http);
        }
        if (needs.Values.Any(need => need.Tls))
        {
            yield return Tls(needs);
        }
        if (needs.Values.Any(need => need.Http))
        {
            var filter = ListenerFilters.HttpInspector();
            filter.FilterDisabled = AnyOf(needs.Where(pair => !pair.Value.Http).Select(pair => pair.Key));
            yield return filter;
        }
    }

    /// <summary>When ports without chains of their own are inspected, the others are named; else the inspected
    /// ones.</summary>
    private static ListenerFilter Tls(SortedDictionary<int, (bool Tls, bool Http)> needs)
    {
        var filter = ListenerFilters.TlsInspector();
        if (needs.GetValueOrDefault(0).Tls)
        {
            filter.FilterDisabled =
                AnyOf(needs.Where(pair => pair.Key != 0 && !pair.Value.Tls).Select(pair => pair.Key));
        }
        else if (AnyOf(needs.Where(pair => pair.Key != 0 && pair.Value.Tls).Select(pair => pair.Key)) is { } included)
        {
            filter.FilterDisabled = new ListenerFilterChainMatchPredicate { NotMatch = included };
        }
        return filter;
    }

    private static ListenerFilterChainMatchPredicate? AnyOf(IEnumerable<int> ports)
    {
        var rules = ports.Select(port => new ListenerFilterChainMatchPredicate
        {
            DestinationPortRange = new Int32Range { Start = port, End = port + 1 },
        }).ToList();
        return rules.Count switch
        {
            0 => null,
            1 => rules[0],
            _ => new ListenerFilterChainMatchPredicate
            {
                OrMatch = new ListenerFilterChainMatchPredicate.Types.MatchSet { Rules = { rules } },
            },
        };
    }
}
