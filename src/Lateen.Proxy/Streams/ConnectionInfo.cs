using Lateen.Proxy.Addresses;

namespace Lateen.Proxy.Streams;

/// <summary>
/// Facts of a downstream connection that matching, policies, headers and logs read. Filled by the listener and its
/// filters,
/// owned by the connection's worker, reused for later connections after <see cref="Reset"/>.
/// </summary>
internal sealed class ConnectionInfo
{
    public ulong ConnectionId { get; set; }

    /// <summary>Source address, possibly from the PROXY protocol.</summary>
    public Address RemoteAddress { get; set; }

    /// <summary>The socket's peer.</summary>
    public Address DirectRemoteAddress { get; set; }

    /// <summary>Destination, restored by original_dst or the PROXY protocol if there is such a filter.</summary>
    public Address LocalAddress { get; set; }

    /// <summary>The socket's own end.</summary>
    public Address DirectLocalAddress { get; set; }

    /// <summary>Whether a listener filter restored <see cref="LocalAddress"/>.</summary>
    public bool LocalAddressRestored { get; set; }

    /// <summary>SNI in lower case, from the TLS inspector; empty when there is none.</summary>
    public byte[] RequestedServerName { get; set; } = [];

    /// <summary>True when the TLS inspector saw a ClientHello; the transport protocol is then <c>tls</c>.</summary>
    public bool TransportProtocolTls { get; set; }

    /// <summary>ALPN names in the client's order, or what the HTTP inspector found.</summary>
    public byte[][] ApplicationProtocols { get; set; } = [];

    /// <summary>JA3 fingerprint of the ClientHello, hexadecimal; null when it was not made.</summary>
    public byte[]? Ja3 { get; set; }

    /// <summary>JA4 fingerprint of the ClientHello; null when it was not made.</summary>
    public byte[]? Ja4 { get; set; }

    /// <summary>What listener filters left, such as TLVs of the PROXY protocol; null when nothing.</summary>
    public DynamicMetadata? Metadata { get; set; }

    /// <summary>The PROXY protocol's header with its TLVs, for the upstream; null when none came.</summary>
    public ProxyProtocolState? ProxyProtocol { get; set; }

    /// <summary>Null on plaintext connections and before the handshake is done.</summary>
    public TlsConnectionInfo? Tls { get; set; }

    /// <summary>The listener that took the connection; null while there is none.</summary>
    public Listeners.Listener? Listener { get; set; }

    /// <summary>The chain that matched; null before.</summary>
    public Listeners.FilterChain? FilterChain { get; set; }

    /// <summary>Empty: the chain has no name, or none matched yet.</summary>
    public string FilterChainName => FilterChain?.Name ?? "";

    /// <summary>Monotonic nanoseconds.</summary>
    public long StartNanos { get; set; }

    /// <summary>When the TLS handshake was done, monotonic nanoseconds; zero: not, or plaintext.</summary>
    public long HandshakeEndNanos { get; set; }

    /// <summary>Nanoseconds since the Unix epoch.</summary>
    public long StartUnixNanos { get; set; }

    public FilterState? FilterState { get; set; }

    /// <summary>Text for <c>%CONNECTION_TERMINATION_DETAILS%</c>; null when there is none.</summary>
    public byte[]? TerminationDetails { get; set; }

    /// <summary>Text for <c>%DOWNSTREAM_TRANSPORT_FAILURE_REASON%</c>.</summary>
    public byte[]? TransportFailureReason { get; set; }

    /// <summary>What an upstream is told of this connection: the header that it began with, or its
    /// addresses.</summary>
    public ProxyProtocolState ToProxyProtocol() =>
        ProxyProtocol ??= new ProxyProtocolState(RemoteAddress, LocalAddress, []);

    public object? GetFilterState(string key) => FilterState?.Get(key);

    public void SetFilterState(string key, object value) => (FilterState ??= new FilterState()).Set(key, value);

    public void Reset()
    {
        ConnectionId = 0;
        RemoteAddress = default;
        DirectRemoteAddress = default;
        LocalAddress = default;
        DirectLocalAddress = default;
        LocalAddressRestored = false;
        RequestedServerName = [];
        TransportProtocolTls = false;
        ApplicationProtocols = [];
        Ja3 = Ja4 = null;
        Metadata?.Clear();
        ProxyProtocol = null;
        Tls = null;
        Listener = null;
        FilterChain = null;
        StartNanos = HandshakeEndNanos = 0;
        StartUnixNanos = 0;
        FilterState?.Clear();
        TerminationDetails = null;
        TransportFailureReason = null;
    }
}
