using System.Net;
using Envoy.Config.Core.V3;
using Envoy.Config.Listener.V3;

namespace Lateen.Pilot.Simulation;

/// <summary>
/// Envoy's choice of a filter chain: destination port, address range, server name, transport protocol, application
/// protocol, each time keeping the most specific match (envoy.config.listener.v3.FilterChainMatch). Source criteria
/// are not generated and not looked at.
/// </summary>
internal static class FilterChainSelector
{
    /// <summary>What the listener filters have found out about a connection.</summary>
    internal readonly record struct Connection(string Address, uint Port, string Sni, bool Tls, string Alpn);

    /// <summary>The chain, or null and the error word.</summary>
    internal static (FilterChain? Chain, string Error) Select(Listener listener, Connection connection)
    {
        var chains = Narrow([.. listener.FilterChains], match => PortRank(match, connection));
        chains = Narrow(chains, match => AddressRank(match, connection));
        chains = Narrow(chains, match => ServerNameRank(match, connection));
        chains = Narrow(chains, match => TransportRank(match, connection));
        chains = Narrow(chains, match => ApplicationRank(match, connection));
        return chains.Count switch
        {
            1 => (chains[0], ""),
            0 when listener.DefaultFilterChain is not null => (listener.DefaultFilterChain, ""),
            0 => (null, CallError.NoFilterChain),
            _ => (null, CallError.MultipleFilterChains),
        };
    }

    /// <summary>Keeps the chains of the best rank; a negative rank is no match.</summary>
    private static List<FilterChain> Narrow(List<FilterChain> chains, Func<FilterChainMatch, int> rank)
    {
        var best = 0;
        var kept = new List<FilterChain>(chains.Count);
        foreach (var chain in chains)
        {
            var value = rank(chain.FilterChainMatch ?? new FilterChainMatch());
            if (value < best)
            {
                continue;
            }
            if (value > best)
            {
                kept.Clear();
                best = value;
            }
            kept.Add(chain);
        }
        return kept;
    }

    private static int PortRank(FilterChainMatch match, Connection connection)
    {
        return match.DestinationPort is not { } port ? 0 : port == connection.Port ? 1 : -1;
    }

    private static int AddressRank(FilterChainMatch match, Connection connection)
    {
        if (match.PrefixRanges.Count == 0)
        {
            return 0;
        }
        var best = -1;
        foreach (var range in match.PrefixRanges)
        {
            if (Contains(range, connection.Address))
            {
                best = Math.Max(best, 1 + (int)(range.PrefixLen ?? 0));
            }
        }
        return best;
    }

    private static bool Contains(CidrRange range, string address)
    {
        return IPAddress.TryParse(range.AddressPrefix, out var prefix)
            && IPAddress.TryParse(address, out var candidate)
            && prefix.AddressFamily == candidate.AddressFamily
            && SamePrefix(prefix.GetAddressBytes(), candidate.GetAddressBytes(), (int)(range.PrefixLen ?? 0));
    }

    private static bool SamePrefix(byte[] left, byte[] right, int bits)
    {
        for (var i = 0; i < bits; i++)
        {
            var mask = 0x80 >> (i % 8);
            if ((left[i / 8] & mask) != (right[i / 8] & mask))
            {
                return false;
            }
        }
        return true;
    }

    private static int ServerNameRank(FilterChainMatch match, Connection connection)
    {
        if (match.ServerNames.Count == 0)
        {
            return 0;
        }
        var best = -1;
        foreach (var name in match.ServerNames)
        {
            if (name == connection.Sni)
            {
                return int.MaxValue;
            }
            if (name.StartsWith("*.", StringComparison.Ordinal) && connection.Sni.Length >= name.Length
                && connection.Sni.EndsWith(name[1..], StringComparison.Ordinal))
            {
                best = Math.Max(best, name.Length);
            }
        }
        return best;
    }

    private static int TransportRank(FilterChainMatch match, Connection connection)
    {
        return match.TransportProtocol switch
        {
            "" => 0,
            "tls" => connection.Tls ? 1 : -1,
            "raw_buffer" => connection.Tls ? -1 : 1,
            _ => -1,
        };
    }

    private static int ApplicationRank(FilterChainMatch match, Connection connection)
    {
        return match.ApplicationProtocols.Count == 0 ? 0
            : match.ApplicationProtocols.Contains(connection.Alpn) ? 1 : -1;
    }
}
