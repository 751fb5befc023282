using System.Collections.Immutable;

namespace Lateen.Proxy.Tls;

/// <summary>How a peer's certificate is checked. A changed one is a new object.</summary>
internal sealed record CertificateValidation
{
    /// <summary>Certificates of the trusted authorities, PEM; empty: none, so nothing is verified against a
    /// chain.</summary>
    public byte[] TrustedCaPem { get; init; } = [];

    public string TrustedCaOrigin { get; init; } = "<inline>";

    public byte[] CrlPem { get; init; } = [];

    /// <summary>The certificate passes if any of its SANs fits any of these; empty: not checked.</summary>
    public ImmutableArray<SanMatcher> SubjectAltNames { get; init; } = [];

    /// <summary>SHA-256 of the public key info, 32 bytes each.</summary>
    public ImmutableArray<byte[]> SpkiHashes { get; init; } = [];

    /// <summary>SHA-256 of the certificate's DER, 32 bytes each.</summary>
    public ImmutableArray<byte[]> CertificateHashes { get; init; } = [];

    public bool AllowExpiredCertificate { get; init; }

    /// <summary>Verification is skipped for trust, not for SANs (<c>ACCEPT_UNTRUSTED</c>).</summary>
    public bool AcceptUntrusted { get; init; }

    /// <summary>Longest chain of intermediates; negative: the library's default.</summary>
    public int VerifyDepthMax { get; init; } = -1;

    public bool OnlyVerifyLeafCertificateCrl { get; init; }

    /// <summary>Roots by SPIFFE trust domain (the SPIFFE validator); empty when not used.</summary>
    public ImmutableArray<(string TrustDomain, byte[] BundlePem)> TrustBundles { get; init; } = [];

    /// <summary>Whether the peer must show a certificate even if the context does not ask for one.</summary>
    public bool DemandsCertificate =>
        SubjectAltNames.Length > 0 || SpkiHashes.Length > 0 || CertificateHashes.Length > 0 || TrustBundles.Length > 0;
}
