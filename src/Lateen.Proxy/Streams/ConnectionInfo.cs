using Lateen.Net;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Streams;

/// <summary>
/// Facts of a downstream connection that matching, policies, headers and logs read. Filled by the listener and its
/// filters, owned by the connection's worker. What most connections do not have is kept beside, so that one that rests
/// is small (decision 0420).
/// </summary>
internal class ConnectionInfo
{
    private readonly Connection? _socket;
    private SharedAddress? _local;
    private ConnectionDetails? _details;

    /// <summary>Without a socket: all is what is written.</summary>
    public ConnectionInfo()
    {
    }

    /// <summary>The addresses are the socket's, until others are written.</summary>
    protected ConnectionInfo(Connection socket)
    {
        _socket = socket;
    }

    public ulong ConnectionId { get; set; }

    /// <summary>Source address, possibly from the PROXY protocol.</summary>
    public Address RemoteAddress
    {
        get => _details?.RemoteAddress is { } written ? written.Value
            : _socket is null ? default : DirectRemoteAddress;
        set => Details.RemoteAddress = new SharedAddress(value);
    }

    /// <summary>The socket's peer.</summary>
    public Address DirectRemoteAddress
    {
        get => _details?.DirectRemoteAddress is { } written ? written.Value
            : _socket is null ? default : NetAddresses.ToAddress(_socket.RemoteAddress);
        set => Details.DirectRemoteAddress = new SharedAddress(value);
    }

    /// <summary>Destination, restored by original_dst or the PROXY protocol if there is such a filter.</summary>
    public Address LocalAddress
    {
        get => _local is not null ? _local.Value : _socket is null ? default : DirectLocalAddress;
        set => _local = new SharedAddress(value);
    }

    /// <summary>The socket's own end.</summary>
    public Address DirectLocalAddress
    {
        get => _details?.DirectLocalAddress is { } written ? written.Value
            : _socket is null ? default : NetAddresses.ToAddress(_socket.LocalAddress);
        set => Details.DirectLocalAddress = new SharedAddress(value);
    }

    /// <summary>Whether a listener filter restored <see cref="LocalAddress"/>.</summary>
    public bool LocalAddressRestored { get; set; }

    /// <summary>True when the TLS inspector saw a ClientHello; the transport protocol is then <c>tls</c>.</summary>
    public bool TransportProtocolTls { get; set; }

    /// <summary>SNI in lower case, from the TLS inspector; empty when there is none.</summary>
    public byte[] RequestedServerName
    {
        get => _details?.RequestedServerName ?? [];
        set
        {
            if (value.Length > 0 || _details is not null)
            {
                Details.RequestedServerName = value;
            }
        }
    }

    /// <summary>ALPN names in the client's order, or what the HTTP inspector found.</summary>
    public byte[][] ApplicationProtocols { get; set; } = [];

    /// <summary>JA3 fingerprint of the ClientHello, hexadecimal; null when it was not made.</summary>
    public byte[]? Ja3
    {
        get => _details?.Ja3;
        set
        {
            if (value is not null || _details is not null)
            {
                Details.Ja3 = value;
            }
        }
    }

    /// <summary>JA4 fingerprint of the ClientHello; null when it was not made.</summary>
    public byte[]? Ja4
    {
        get => _details?.Ja4;
        set
        {
            if (value is not null || _details is not null)
            {
                Details.Ja4 = value;
            }
        }
    }

    /// <summary>What listener filters left, such as TLVs of the PROXY protocol; null when nothing.</summary>
    public DynamicMetadata? Metadata
    {
        get => _details?.Metadata;
        set
        {
            if (value is not null || _details is not null)
            {
                Details.Metadata = value;
            }
        }
    }

    /// <summary>The PROXY protocol's header with its TLVs, for the upstream; null when none came.</summary>
    public ProxyProtocolState? ProxyProtocol
    {
        get => _details?.ProxyProtocol;
        set
        {
            if (value is not null || _details is not null)
            {
                Details.ProxyProtocol = value;
            }
        }
    }

    /// <summary>Null on plaintext connections and before the handshake is done.</summary>
    public TlsConnectionInfo? Tls
    {
        get => _details?.Tls;
        set
        {
            if (value is not null || _details is not null)
            {
                Details.Tls = value;
            }
        }
    }

    /// <summary>The listener that took the connection; null while there is none.</summary>
    public Listeners.Listener? Listener { get; set; }

    /// <summary>The chain that matched; null before.</summary>
    public Listeners.FilterChain? FilterChain { get; set; }

    /// <summary>Empty: the chain has no name, or none matched yet.</summary>
    public string FilterChainName => FilterChain?.Name ?? "";

    /// <summary>Monotonic nanoseconds.</summary>
    public long StartNanos { get; set; }

    /// <summary>When the TLS handshake was done, monotonic nanoseconds; zero: not, or plaintext.</summary>
    public long HandshakeEndNanos
    {
        get => _details?.HandshakeEndNanos ?? 0;
        set => Details.HandshakeEndNanos = value;
    }

    /// <summary>Nanoseconds since the Unix epoch.</summary>
    public long StartUnixNanos { get; set; }

    /// <summary>Objects of the connection; null when there are none.</summary>
    public FilterState? FilterState
    {
        get => _details?.FilterState;
        set
        {
            if (value is not null || _details is not null)
            {
                Details.FilterState = value;
            }
        }
    }

    /// <summary>Text for <c>%CONNECTION_TERMINATION_DETAILS%</c>; null when there is none.</summary>
    public byte[]? TerminationDetails
    {
        get => _details?.TerminationDetails;
        set
        {
            if (value is not null || _details is not null)
            {
                Details.TerminationDetails = value;
            }
        }
    }

    /// <summary>Text for <c>%DOWNSTREAM_TRANSPORT_FAILURE_REASON%</c>.</summary>
    public byte[]? TransportFailureReason
    {
        get => _details?.TransportFailureReason;
        set
        {
            if (value is not null || _details is not null)
            {
                Details.TransportFailureReason = value;
            }
        }
    }

    /// <summary>The socket; only connections have it.</summary>
    protected Connection? Socket => _socket;

    /// <summary>Where upstream connections come from; null: from this machine.</summary>
    public OriginalSource? OriginalSource
    {
        get => _details?.OriginalSource;
        set => Details.OriginalSource = value;
    }

    private ConnectionDetails Details => _details ??= new ConnectionDetails();

    /// <summary>What a network filter says of the end of the connection; empty: nothing.</summary>
    public byte[] ResponseCodeDetails
    {
        get => _details?.ResponseCodeDetails ?? [];
        set => Details.ResponseCodeDetails = value;
    }

    /// <summary>What an upstream is told of this connection: the header that it began with, or its
    /// addresses.</summary>
    public ProxyProtocolState ToProxyProtocol() =>
        ProxyProtocol ??= new ProxyProtocolState(RemoteAddress, LocalAddress, []);

    public object? GetFilterState(string key) => FilterState?.Get(key);

    public void SetFilterState(string key, object value) => (FilterState ??= new FilterState()).Set(key, value);

    /// <summary>Writes <see cref="LocalAddress"/> as one that other connections have, too.</summary>
    public void SetLocalAddress(SharedAddress address) => _local = address;
}
