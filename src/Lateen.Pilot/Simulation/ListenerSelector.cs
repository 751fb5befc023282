using Envoy.Config.Listener.V3;
using Lateen.Pilot.Listeners;

namespace Lateen.Pilot.Simulation;

/// <summary>Chooses the listener of a call and what its listener filters make visible.</summary>
internal static class ListenerSelector
{
    /// <summary>The listener that takes the call, or null.</summary>
    internal static Listener? Select(IReadOnlyList<Listener> listeners, Call call)
    {
        if (call.Mode == CallMode.Inbound)
        {
            return Named(listeners, ListenerNames.VirtualInbound);
        }
        return At(listeners, call.Address, call.Port)
            ?? At(listeners, "0.0.0.0", call.Port)
            ?? At(listeners, "::", call.Port)
            ?? Named(listeners, ListenerNames.VirtualOutbound);
    }

    /// <summary>True when the listener runs the filter for connections to this port.</summary>
    internal static bool RunsFilter(Listener listener, string filter, uint port)
    {
        foreach (var candidate in listener.ListenerFilters)
        {
            if (candidate.Name == filter)
            {
                return candidate.FilterDisabled is null || !Matches(candidate.FilterDisabled, port);
            }
        }
        return false;
    }

    private static bool Matches(ListenerFilterChainMatchPredicate predicate, uint port)
    {
        return predicate.RuleCase switch
        {
            ListenerFilterChainMatchPredicate.RuleOneofCase.AnyMatch => true,
            ListenerFilterChainMatchPredicate.RuleOneofCase.DestinationPortRange =>
                port >= predicate.DestinationPortRange.Start && port < predicate.DestinationPortRange.End,
            ListenerFilterChainMatchPredicate.RuleOneofCase.OrMatch =>
                predicate.OrMatch.Rules.Any(rule => Matches(rule, port)),
            ListenerFilterChainMatchPredicate.RuleOneofCase.AndMatch =>
                predicate.AndMatch.Rules.All(rule => Matches(rule, port)),
            ListenerFilterChainMatchPredicate.RuleOneofCase.NotMatch => !Matches(predicate.NotMatch, port),
            _ => false,
        };
    }

    private static Listener? Named(IReadOnlyList<Listener> listeners, string name)
    {
        return listeners.FirstOrDefault(listener => listener.Name == name);
    }

    private static Listener? At(IReadOnlyList<Listener> listeners, string address, uint port)
    {
        return listeners.FirstOrDefault(listener => Listens(listener, address, port));
    }

    private static bool Listens(Listener listener, string address, uint port)
    {
        return Is(listener.Address, address, port)
            || listener.AdditionalAddresses.Any(additional => Is(additional.Address, address, port));
    }

    private static bool Is(Envoy.Config.Core.V3.Address? candidate, string address, uint port)
    {
        return candidate?.SocketAddress is { } socket && socket.Address == address && socket.PortValue == port;
    }
}
