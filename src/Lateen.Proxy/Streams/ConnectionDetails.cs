using Lateen.Proxy.Addresses;

namespace Lateen.Proxy.Streams;

/// <summary>What few connections have of <see cref="ConnectionInfo"/>; made when first written.</summary>
internal sealed class ConnectionDetails
{
    public SharedAddress? RemoteAddress { get; set; }

    public SharedAddress? DirectRemoteAddress { get; set; }

    public SharedAddress? DirectLocalAddress { get; set; }

    public byte[] RequestedServerName { get; set; } = [];

    public byte[]? Ja3 { get; set; }

    public byte[]? Ja4 { get; set; }

    public DynamicMetadata? Metadata { get; set; }

    public ProxyProtocolState? ProxyProtocol { get; set; }

    public TlsConnectionInfo? Tls { get; set; }

    public long HandshakeEndNanos { get; set; }

    public FilterState? FilterState { get; set; }

    public OriginalSource? OriginalSource { get; set; }

    public byte[]? TerminationDetails { get; set; }

    public byte[]? TransportFailureReason { get; set; }

    public byte[] ResponseCodeDetails { get; set; } = [];
}
