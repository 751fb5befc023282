using System.Security.Cryptography.X509Certificates;
using Lateen.Security.Authority;
using Lateen.Security.Certificates;
using Lateen.Security.Keys;

namespace Lateen.Citadel.Authority;

/// <summary>
/// Makes the root that a mesh signs with when it is given none: subject O = trust domain, RSA (its signatures are the
/// cheapest to verify, and every handshake verifies one), usage keyCertSign.
/// </summary>
public static class SelfSignedRoot
{
    /// <summary>A new root with a new key.</summary>
    public static CaBundle Make(CitadelOptions options, DateTimeOffset now) =>
        Make(PrivateKey.Generate(new KeyOptions(KeyAlgorithm.Rsa, options.RootRsaBits)), options, now);

    /// <summary>
    /// The same root with a longer life: same key and subject, so that what it signed before still verifies to it.
    /// </summary>
    public static CaBundle Renew(CaBundle bundle, CitadelOptions options, DateTimeOffset now) =>
        Make(bundle.Key, options, now);

    private static CaBundle Make(PrivateKey key, CitadelOptions options, DateTimeOffset now)
    {
        var name = new X500DistinguishedNameBuilder();
        name.AddOrganizationName(options.TrustDomain);
        var subject = name.Build();
        var request = new CertificateRequest(subject, key.PublicKey, key.SignatureHash);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(key.PublicKey, critical: false));
        using var certificate = request.Create(
            subject,
            key.CreateSignatureGenerator(),
            now - WorkloadCertificate.ClockSkewGrace,
            now + options.RootTtl,
            WorkloadCertificate.NewSerial());
        var pem = CertificatePem.Write(certificate);
        return CaBundle.Load(pem, key.ToPem(), "", pem, null, now);
    }
}
