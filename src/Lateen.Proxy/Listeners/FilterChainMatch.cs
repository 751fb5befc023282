using Lateen.Proxy.Addresses;

namespace Lateen.Proxy.Listeners;

/// <summary>Criteria of a filter chain; empty lists and zero mean any. Source:
/// <c>listener.v3.FilterChainMatch</c>.</summary>
internal sealed class FilterChainMatch
{
    public int DestinationPort { get; init; }

    public CidrRange[] PrefixRanges { get; init; } = [];

    /// <summary>Lower case; a leading <c>*.</c> is a wildcard.</summary>
    public string[] ServerNames { get; init; } = [];

    public string TransportProtocol { get; init; } = "";

    public string[] ApplicationProtocols { get; init; } = [];

    public CidrRange[] DirectSourcePrefixRanges { get; init; } = [];

    public SourceType SourceType { get; init; }

    public CidrRange[] SourcePrefixRanges { get; init; } = [];

    public int[] SourcePorts { get; init; } = [];
}
