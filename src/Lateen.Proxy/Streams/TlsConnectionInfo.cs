using Lateen.Net;

namespace Lateen.Proxy.Streams;

/// <summary>What is known of a connection's TLS session once the handshake is done. What certificates say is asked of
/// them, as many connections show the same.</summary>
internal sealed class TlsConnectionInfo
{
    private byte[]? _peerCertificatePem;

    /// <summary>The peer's certificate; null when none was shown.</summary>
    public TlsCertificateInfo? Peer { get; init; }

    /// <summary>The own certificate that was shown; null when none was.</summary>
    public TlsCertificateInfo? Local { get; init; }

    /// <summary>All that the peer sent, leaf first.</summary>
    public IReadOnlyList<TlsCertificateInfo> PeerChain { get; init; } = [];

    /// <summary>Whether the peer's certificate was verified.</summary>
    public bool PeerCertificateValidated { get; init; }

    /// <summary><c>TLSv1.2</c>, <c>TLSv1.3</c>.</summary>
    public byte[] Version { get; init; } = [];

    /// <summary>OpenSSL's name of the suite.</summary>
    public byte[] CipherSuite { get; init; } = [];

    /// <summary>Name of the key exchange group; empty: none.</summary>
    public string Group { get; init; } = "";

    /// <summary>The server's name that the client asked for; empty: none.</summary>
    public byte[] ServerName { get; init; } = [];

    /// <summary>Hexadecimal; empty: the session has none.</summary>
    public byte[] SessionId { get; init; } = [];

    /// <summary>The protocol agreed by ALPN; empty when none.</summary>
    public byte[] Alpn { get; init; } = [];

    /// <summary>The same as <see cref="Peer"/>.</summary>
    public TlsCertificateInfo? PeerCertificate => Peer;

    /// <summary>The same as <see cref="Local"/>.</summary>
    public TlsCertificateInfo? LocalCertificate => Local;

    /// <summary>Whether the peer showed a certificate.</summary>
    public bool PeerCertificatePresented => Peer is not null;

    public byte[][] PeerUriSans => Peer?.UriNames ?? [];

    public byte[][] PeerDnsSans => Peer?.DnsNames ?? [];

    public byte[] PeerSubject => Peer?.Subject ?? [];

    public byte[] PeerIssuer => Peer?.Issuer ?? [];

    /// <summary>Hexadecimal serial number.</summary>
    public byte[] PeerSerial => Peer?.SerialHex ?? [];

    /// <summary>Hexadecimal SHA-256 of the peer certificate's DER.</summary>
    public byte[] PeerFingerprint256 => Peer?.Sha256Hex ?? [];

    /// <summary>PEM of the peer certificate, URL-encoded as the x-forwarded-client-cert header wants it; made when
    /// first asked for.</summary>
    public byte[] PeerCertificatePem =>
        _peerCertificatePem ??= Peer is null ? [] : Runtime.TlsInfoBuilder.EncodedPem(Peer.Der);

    public byte[][] LocalUriSans => Local?.UriNames ?? [];

    public byte[][] LocalDnsSans => Local?.DnsNames ?? [];

    public byte[] LocalSubject => Local?.Subject ?? [];

    /// <summary>The certificate that signed the peer's, where the peer sent it; null: unknown.</summary>
    public TlsCertificateInfo? PeerIssuerCertificate => PeerChain.Count > 1 ? PeerChain[1] : null;
}
