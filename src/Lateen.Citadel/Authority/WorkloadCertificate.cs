using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Lateen.Security;
using Lateen.Security.Authority;
using Lateen.Security.Certificates;

namespace Lateen.Citadel.Authority;

/// <summary>Builds the certificates that an authority signs, with Istio's fields.</summary>
public static class WorkloadCertificate
{
    /// <summary>How far NotBefore lies in the past, for peers whose clock is behind (Istio: 2 minutes).</summary>
    public static readonly TimeSpan ClockSkewGrace = TimeSpan.FromMinutes(2);

    private const int SerialBytes = 16;

    /// <summary>Signs a certificate for the names.</summary>
    /// <param name="bundle">What signs.</param>
    /// <param name="publicKey">The key to certify.</param>
    /// <param name="names">The only alternative names; at least one.</param>
    /// <param name="withCommonName">Also puts the first name into the subject's CN.</param>
    /// <param name="now">Start, less <see cref="ClockSkewGrace"/>.</param>
    /// <param name="ttl">Validity from now; cut to what the signer has left.</param>
    /// <exception cref="PkiException">The signer has expired.</exception>
    public static X509Certificate2 Sign(
        CaBundle bundle,
        PublicKey publicKey,
        IReadOnlyList<SubjectAlternativeName> names,
        bool withCommonName,
        DateTimeOffset now,
        TimeSpan ttl)
    {
        var signerEnd = bundle.NotAfter;
        if (signerEnd <= now)
        {
            throw new PkiException($"the signing certificate expired at {signerEnd:u}");
        }
        var subject = new X500DistinguishedNameBuilder();
        if (withCommonName)
        {
            subject.AddCommonName(names[0].Value);
        }
        var request = new CertificateRequest(subject.Build(), publicKey, bundle.Key.SignatureHash);
        var extensions = request.CertificateExtensions;
        extensions.Add(new X509KeyUsageExtension(
            X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment, critical: true));
        extensions.Add(new X509EnhancedKeyUsageExtension(
            [new Oid(ExtendedKeyUsageOid.ServerAuth), new Oid(ExtendedKeyUsageOid.ClientAuth)], critical: false));
        extensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        if (AuthorityKeyIdentifier(bundle.Certificate) is { } identifier)
        {
            extensions.Add(identifier);
        }
        // Istio marks it critical also where the subject has a CN.
        extensions.Add(SubjectAlternativeNames.Build(names, critical: true));
        var end = now + ttl;
        return request.Create(
            bundle.Certificate.SubjectName,
            bundle.Key.CreateSignatureGenerator(),
            now - ClockSkewGrace,
            end < signerEnd ? end : signerEnd,
            NewSerial());
    }

    /// <summary>128 random bits, positive.</summary>
    internal static byte[] NewSerial()
    {
        var serial = RandomNumberGenerator.GetBytes(SerialBytes);
        serial[0] &= 0x7F;
        // A leading zero byte would not be minimal DER.
        serial[0] |= 0x40;
        return serial;
    }

    private static X509AuthorityKeyIdentifierExtension? AuthorityKeyIdentifier(X509Certificate2 signer)
    {
        foreach (var extension in signer.Extensions)
        {
            if (extension is X509SubjectKeyIdentifierExtension subject)
            {
                return X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(subject);
            }
        }
        return null;
    }
}
