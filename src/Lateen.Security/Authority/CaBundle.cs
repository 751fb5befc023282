using System.Security.Cryptography.X509Certificates;
using Lateen.Security.Certificates;
using Lateen.Security.Keys;

namespace Lateen.Security.Authority;

/// <summary>
/// What an authority signs with: its certificate and key, the certificates between it and its root, and the roots that
/// its clients trust. Immutable; a rotation makes a new one.
/// </summary>
public sealed class CaBundle
{
    private CaBundle(
        X509Certificate2 certificate,
        PrivateKey key,
        IReadOnlyList<X509Certificate2> chain,
        IReadOnlyList<X509Certificate2> roots,
        string rootPem)
    {
        Certificate = certificate;
        Key = key;
        Chain = chain;
        Roots = roots;
        RootPem = rootPem;
    }

    /// <summary>The certificate that signs.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>Its key.</summary>
    public PrivateKey Key { get; }

    /// <summary>What is sent after a leaf and before the roots; holds <see cref="Certificate"/> where a file says
    /// so.</summary>
    public IReadOnlyList<X509Certificate2> Chain { get; }

    /// <summary>All roots that clients are told to trust.</summary>
    public IReadOnlyList<X509Certificate2> Roots { get; }

    /// <summary>The roots as one text, ending in a line feed.</summary>
    public string RootPem { get; }

    /// <summary>Whether the certificate that signs is a root itself.</summary>
    public bool IsSelfSigned => Certificate.SubjectName.RawData.AsSpan().SequenceEqual(Certificate.IssuerName.RawData);

    /// <summary>The first moment at which a certificate of the path that signs is no longer valid.</summary>
    public DateTimeOffset NotAfter
    {
        get
        {
            var least = Certificate.NotAfter.ToUniversalTime();
            foreach (var certificate in Chain)
            {
                var end = certificate.NotAfter.ToUniversalTime();
                least = end < least ? end : least;
            }
            return least;
        }
    }

    /// <summary>Reads and verifies a bundle.</summary>
    /// <param name="certificatePem">The certificate that signs.</param>
    /// <param name="keyPem">Its key.</param>
    /// <param name="chainPem">What stands between it and the root; may be empty.</param>
    /// <param name="rootPem">The roots; at least one.</param>
    /// <param name="crlPem">Revocation lists; null when there is none.</param>
    /// <param name="now">As of when the certificates must be valid.</param>
    /// <exception cref="PkiException">A part does not parse, or they do not fit each other.</exception>
    public static CaBundle Load(
        string certificatePem,
        string keyPem,
        string chainPem,
        string rootPem,
        string? crlPem,
        DateTimeOffset now)
    {
        var certificate = CertificatePem.Parse(certificatePem);
        var key = PrivateKey.Parse(keyPem);
        if (!key.Matches(certificate))
        {
            throw new PkiException("the CA certificate does not match the CA key");
        }
        var chain = string.IsNullOrWhiteSpace(chainPem) ? [] : CertificatePem.ParseChain(chainPem);
        var roots = CertificatePem.ParseChain(rootPem);
        var reason = CertificateChain.Verify(certificate, chain, roots, now);
        if (reason is not null)
        {
            throw new PkiException($"the CA certificate does not verify to the root through the chain: {reason}");
        }
        if (crlPem is not null)
        {
            CheckRevocationLists(crlPem, certificate, chain, roots);
        }
        return new CaBundle(certificate, key, chain, roots, PemText.EndLine(rootPem));
    }

    // Every authority of the path must have signed one of the lists.
    private static void CheckRevocationLists(
        string crlPem,
        X509Certificate2 certificate,
        List<X509Certificate2> chain,
        List<X509Certificate2> roots)
    {
        var lists = CertificateRevocationList.ParseAll(crlPem);
        List<X509Certificate2> authorities = [certificate, .. chain, .. roots];
        foreach (var authority in authorities)
        {
            if (!CertificateFields.Read(authority).IsCertificateAuthority)
            {
                continue;
            }
            if (!lists.Exists(list => list.IsSignedBy(authority)))
            {
                throw new PkiException($"missing CRL signed by the authority '{authority.Subject}'");
            }
        }
    }
}
