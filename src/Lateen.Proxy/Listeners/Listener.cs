using System.Collections.Immutable;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Listeners;

/// <summary>
/// A listener as it runs: immutable, with everything computed beforehand. A changed listener is a new object; filter
/// chains that
/// did not change are the same objects in both, so that their connections can stay.
/// </summary>
internal sealed class Listener
{
    public required string Name { get; init; }

    public required Address Address { get; init; }

    public ImmutableArray<Address> AdditionalAddresses { get; init; } = [];

    /// <summary>False: no socket; reached only by hand-over from a listener with <see
    /// cref="UseOriginalDst"/>.</summary>
    public bool BindToPort { get; init; } = true;

    /// <summary>Reached from within the process only, by its name.</summary>
    public bool IsInternal => InternalBufferBytesMax > 0;

    /// <summary>Of an internal listener: bytes that a connection holds on the way, in each direction.</summary>
    public int InternalBufferBytesMax { get; init; }

    /// <summary>Metadata by namespace; null when none.</summary>
    public IReadOnlyDictionary<string, Google.Protobuf.WellKnownTypes.Struct>? Metadata { get; init; }

    public bool UseOriginalDst { get; init; }

    /// <summary>Sets IP_TRANSPARENT; null leaves the socket as it is.</summary>
    public bool? Transparent { get; init; }

    /// <summary>Each new connection goes to the worker that has fewest of the listener's.</summary>
    public bool BalancesExactly { get; init; }

    public bool? Freebind { get; init; }

    /// <summary>Limit of the read buffer and high watermark of the write buffer, in bytes. Default 1 MiB.</summary>
    public int ConnectionBufferBytesMax { get; init; } = 1024 * 1024;

    public TrafficDirection Direction { get; init; }

    /// <summary>One socket per worker (default) or a single one.</summary>
    public bool EnableReusePort { get; init; } = true;

    /// <summary>Backlog of listen(2); zero: the system's.</summary>
    public int TcpBacklogSize { get; init; }

    public ImmutableArray<ListenerFilterConfig> ListenerFilters { get; init; } = [];

    /// <summary>Nanoseconds; 15 s by default, zero: none.</summary>
    public long ListenerFiltersTimeoutNanos { get; init; } = 15_000_000_000;

    public bool ContinueOnListenerFiltersTimeout { get; init; }

    public required FilterChainTable FilterChains { get; init; }

    /// <summary>All chains but the default one, in order.</summary>
    public required ImmutableArray<FilterChain> AllFilterChains { get; init; }

    public FilterChain? DefaultFilterChain { get; init; }

    /// <summary>Logs of connections that found no chain, and of connection ends.</summary>
    public ImmutableArray<AccessLogger> AccessLogs { get; init; } = [];

    public required ListenerStats Stats { get; init; }

    /// <summary>Drain also when the server is told to fail its health checks (drain_type DEFAULT).</summary>
    public bool DrainOnHealthCheckFail { get; init; } = true;

    /// <summary>Raw socket options by state, as given.</summary>
    public ImmutableArray<SocketOptionConfig> SocketOptions { get; init; } = [];

    /// <summary>Finds chains by name in place of their match rules; null: the rules do.</summary>
    public FilterChainMatcher? Matcher { get; init; }

    /// <summary>Connections that there are and may be.</summary>
    public required ConnectionQuota Quota { get; init; }

    /// <summary>The process's limit of connections does not count here.</summary>
    public bool IgnoresGlobalLimit { get; init; }

    /// <summary>The overload manager's actions do not count here.</summary>
    public bool BypassesOverloadManager { get; init; }

    /// <summary>TCP fast open queue; null leaves the socket as it is.</summary>
    public int? FastOpenQueueLength { get; init; }

    /// <summary>Connections taken for each readiness of the socket; 0: no limit.</summary>
    public int AcceptsPerEventMax { get; init; }

    /// <summary>The chain of a connection, else the default chain, else null (count no_filter_chain_match and
    /// close).</summary>
    public FilterChain? MatchFilterChain(ConnectionInfo connection) => Matcher is null
        ? FilterChains.MatchFilterChain(connection) ?? DefaultFilterChain
        : Matcher.Match(connection, DefaultFilterChain);
}
