using Envoy.Config.Core.V3;
using Envoy.Config.Listener.V3;
using Lateen.Pilot.Security;

namespace Lateen.Pilot.Listeners;

/// <summary>A filter chain of an outbound or gateway listener before it is written.</summary>
internal sealed record OutboundChain
{
    /// <summary>Server names; empty or <c>*</c> for any.</summary>
    public IReadOnlyList<string> ServerNames { get; init; } = [];

    /// <summary>Destination addresses; empty for any.</summary>
    public IReadOnlyList<string> Destinations { get; init; } = [];

    /// <summary>Application protocols; empty for any.</summary>
    public IReadOnlyList<string> ApplicationProtocols { get; init; } = [];

    /// <summary><c>tls</c>, <c>raw_buffer</c>, or empty for any.</summary>
    public string Transport { get; init; } = "";

    /// <summary>The object that it comes from.</summary>
    public Metadata? Metadata { get; init; }

    /// <summary>TLS that ends here.</summary>
    public TransportSocket? Tls { get; init; }

    /// <summary>The HTTP connection manager; null for opaque bytes.</summary>
    public HttpConnectionManagerOptions? Http { get; init; }

    /// <summary>Network filters of a chain for opaque bytes.</summary>
    public IReadOnlyList<Filter> Filters { get; init; } = [];

    /// <summary>Whether it takes whatever no other chain takes.</summary>
    internal bool MatchesAll => (ServerNames.Count == 0 || ServerNames.Contains("*"))
        && ApplicationProtocols.Count == 0 && Transport.Length == 0 && Destinations.Count == 0;

    /// <summary>Whether both would take the same connections, which Envoy refuses.</summary>
    internal bool ConflictsWith(OutboundChain other)
    {
        return Transport == other.Transport
            && ApplicationProtocols.SequenceEqual(other.ApplicationProtocols)
            && Names(this).SetEquals(Names(other))
            && Ranges(this).SetEquals(Ranges(other));

        static HashSet<string> Names(OutboundChain chain)
        {
            return [.. chain.ServerNames.Where(name => name != "*")];
        }

        static HashSet<string> Ranges(OutboundChain chain)
        {
            return [.. chain.Destinations.Select(CidrRanges.Canonical).OfType<string>()
                .Where(range => !range.StartsWith("0.0.0.0/", StringComparison.Ordinal))];
        }
    }

    /// <summary>The conditions as Envoy reads them; null for any connection.</summary>
    internal FilterChainMatch? ToMatch()
    {
        if (MatchesAll)
        {
            return null;
        }
        var match = new FilterChainMatch
        {
            TransportProtocol = Transport,
            ApplicationProtocols = { ApplicationProtocols },
        };
        if (!ServerNames.Contains("*"))
        {
            match.ServerNames.Add(ServerNames.Order(StringComparer.Ordinal));
        }
        match.PrefixRanges.Add(Destinations.Order(StringComparer.Ordinal).Select(CidrRanges.Parse).OfType<CidrRange>()
            .Where(range => range.AddressPrefix != Addresses.AnyV4));
        return match;
    }
}
