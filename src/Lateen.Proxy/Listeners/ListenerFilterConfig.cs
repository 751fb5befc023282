namespace Lateen.Proxy.Listeners;

/// <summary>One listener filter, in order; what it does is told by <see cref="Kind"/>.</summary>
internal sealed class ListenerFilterConfig
{
    public required string Name { get; init; }

    public required ListenerFilterKind Kind { get; init; }

    /// <summary>Destination port ranges (end exclusive) for which the filter is off; all ports when the rule is
    /// "any".</summary>
    public (int Start, int End)[] DisabledPorts { get; init; } = [];

    /// <summary>Largest ClientHello taken by the TLS inspector, in bytes; 64 KiB by default.</summary>
    public int ClientHelloBytesMax { get; init; } = 64 * 1024;

    /// <summary>For the PROXY protocol: connections without a header go on as they are. Off by default.</summary>
    public bool AllowRequestsWithoutProxyProtocol { get; init; }

    public bool IsDisabledFor(int destinationPort)
    {
        foreach (var (start, end) in DisabledPorts)
        {
            if (destinationPort >= start && destinationPort < end)
            {
                return true;
            }
        }
        return false;
    }
}
