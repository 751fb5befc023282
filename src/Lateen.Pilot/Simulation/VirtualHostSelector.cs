using Envoy.Config.Route.V3;

namespace Lateen.Pilot.Simulation;

/// <summary>Envoy's choice of a virtual host: exact domain, longest suffix, longest prefix, then any.</summary>
internal static class VirtualHostSelector
{
    /// <summary>The virtual host for a Host header, or null.</summary>
    internal static VirtualHost? Select(RouteConfiguration configuration, string host)
    {
        if (configuration.IgnorePortInHostMatching)
        {
            host = WithoutPort(host);
        }
        host = host.ToLowerInvariant();
        VirtualHost? best = null;
        var bestRank = 0;
        foreach (var candidate in configuration.VirtualHosts)
        {
            foreach (var domain in candidate.Domains)
            {
                var rank = Rank(domain.ToLowerInvariant(), host);
                if (rank > bestRank)
                {
                    (best, bestRank) = (candidate, rank);
                }
            }
        }
        return best;
    }

    private static int Rank(string domain, string host)
    {
        const int Exact = 1 << 24, Suffix = 1 << 16, Prefix = 2, Any = 1;
        if (domain == host)
        {
            return Exact;
        }
        if (domain == "*")
        {
            return Any;
        }
        if (domain.StartsWith('*'))
        {
            return host.Length >= domain.Length && host.EndsWith(domain[1..], StringComparison.Ordinal)
                ? Suffix + domain.Length : 0;
        }
        return domain.EndsWith('*') && host.Length >= domain.Length
            && host.StartsWith(domain[..^1], StringComparison.Ordinal) ? Prefix + domain.Length : 0;
    }

    private static string WithoutPort(string host)
    {
        var colon = host.LastIndexOf(':');
        var isPort = colon > 0 && (host[colon - 1] == ']' || !host[..colon].Contains(':', StringComparison.Ordinal));
        return isPort ? host[..colon] : host;
    }
}
