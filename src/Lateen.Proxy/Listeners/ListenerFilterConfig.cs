using System.Collections.Frozen;
using Lateen.Proxy.Filters;
using Lateen.Proxy.RateLimits;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;

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

    /// <summary>Versions of the PROXY protocol that are refused; each bit is a version.</summary>
    public int DisallowedVersions { get; init; }

    /// <summary>Extensions of the PROXY protocol that become metadata, by type.</summary>
    public IReadOnlyDictionary<byte, (string Namespace, string Key)> TlvRules { get; init; } =
        FrozenDictionary<byte, (string Namespace, string Key)>.Empty;

    /// <summary>Types of extensions that are kept for the upstream; empty: all, null: none.</summary>
    public byte[]? PassTlvs { get; init; }

    /// <summary>For the TLS inspector: fingerprints are made.</summary>
    public bool HasJa3 { get; init; }

    public bool HasJa4 { get; init; }

    /// <summary>For the TLS inspector: a broken ClientHello ends the connection.</summary>
    public bool ClosesOnParsingErrors { get; init; }

    /// <summary>For the local rate limit: each connection takes a token; null: none.</summary>
    public TokenBucket? Bucket { get; init; }

    /// <summary>For a discovered filter: what it is; null: the filter stands here.</summary>
    public ExtensionSlotOf<ListenerFilterConfig>? Slot { get; init; }

    public RuntimeFlag Enabled { get; init; } = RuntimeFlag.On;

    /// <summary>For the original source: mark of upstream packets; zero: none.</summary>
    public int Mark { get; init; }

    /// <summary>Counters by name; shared by all listeners.</summary>
    public required StatsScope Stats { get; init; }

    /// <summary>Counts something that is rare enough to be told by name.</summary>
    public void Count(int worker, string name) => Stats.Add(worker, Stats.GetOrAdd(name));

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
