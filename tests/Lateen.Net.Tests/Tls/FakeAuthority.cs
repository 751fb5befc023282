using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Lateen.Net.Tests.Tls;

/// <summary>A certificate authority for tests.</summary>
internal sealed class FakeAuthority
{
    private static readonly DateTimeOffset Start = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly X509Certificate2 _root;

    public FakeAuthority(string name = "root")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        _root = request.CreateSelfSigned(Start, Start.AddYears(50));
        CaPem = Encoding.ASCII.GetBytes(_root.ExportCertificatePem());
    }

    public byte[] CaPem { get; }

    public TlsKeyPair Issue(string? uri, string? dns = null, bool expired = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=leaf", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (uri is not null)
        {
            names.AddUri(new Uri(uri));
        }

        if (dns is not null)
        {
            names.AddDnsName(dns);
        }

        request.CertificateExtensions.Add(names.Build());
        var serial = new byte[8];
        new Random((uri ?? "").Length + (dns ?? "").Length).NextBytes(serial);
        serial[0] = 1;
        var end = expired ? Start.AddYears(1) : Start.AddYears(49);
        using var certificate = request.Create(_root, Start.AddDays(1), end, serial);
        return new TlsKeyPair(
            Encoding.ASCII.GetBytes(certificate.ExportCertificatePem()),
            Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()));
    }
}
