namespace Lateen.Proxy.Streams;

/// <summary>What is known of a connection's TLS session once the handshake is done; filled by the transport
/// socket.</summary>
internal sealed class TlsConnectionInfo
{
    /// <summary>The peer's certificate, for what is asked for seldom.</summary>
    public Lateen.Net.TlsCertificateInfo? PeerCertificate { get; set; }

    public Lateen.Net.TlsCertificateInfo? LocalCertificate { get; set; }

    /// <summary>Whether the peer showed a certificate.</summary>
    public bool PeerCertificatePresented { get; set; }

    /// <summary>Whether that certificate was verified.</summary>
    public bool PeerCertificateValidated { get; set; }

    /// <summary>The peer's certificate, for what is rarely asked; null when none was shown.</summary>
    public Net.TlsCertificateInfo? Peer { get; set; }

    /// <summary>All that the peer sent, leaf first.</summary>
    public IReadOnlyList<Net.TlsCertificateInfo> PeerChain { get; set; } = [];

    /// <summary>The own certificate that was shown; null when none was.</summary>
    public Net.TlsCertificateInfo? Local { get; set; }

    public byte[][] PeerUriSans { get; set; } = [];

    public byte[][] PeerDnsSans { get; set; } = [];

    public byte[] PeerSubject { get; set; } = [];

    public byte[] PeerIssuer { get; set; } = [];

    /// <summary>Hexadecimal serial number.</summary>
    public byte[] PeerSerial { get; set; } = [];

    /// <summary>Hexadecimal SHA-256 of the peer certificate's DER.</summary>
    public byte[] PeerFingerprint256 { get; set; } = [];

    /// <summary>PEM of the peer certificate, URL-encoded as the x-forwarded-client-cert header wants it.</summary>
    public byte[] PeerCertificatePem { get; set; } = [];

    public byte[][] LocalUriSans { get; set; } = [];

    public byte[][] LocalDnsSans { get; set; } = [];

    public byte[] LocalSubject { get; set; } = [];

    /// <summary><c>TLSv1.2</c>, <c>TLSv1.3</c>.</summary>
    public byte[] Version { get; set; } = [];

    /// <summary>OpenSSL's name of the suite.</summary>
    public byte[] CipherSuite { get; set; } = [];

    /// <summary>Name of the key exchange group; empty: none.</summary>
    public string Group { get; set; } = "";

    /// <summary>The server's name that the client asked for; empty: none.</summary>
    public byte[] ServerName { get; set; } = [];

    /// <summary>The certificate that signed the peer's, where the peer sent it; null: unknown.</summary>
    public Net.TlsCertificateInfo? PeerIssuerCertificate => PeerChain.Count > 1 ? PeerChain[1] : null;

    public byte[] SessionId { get; set; } = [];

    /// <summary>The protocol agreed by ALPN; empty when none.</summary>
    public byte[] Alpn { get; set; } = [];
}
