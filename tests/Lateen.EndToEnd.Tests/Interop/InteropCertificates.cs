using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Lateen.EndToEnd.Tests.Interop;

/// <summary>A root and one leaf of it, for all proxies of a test: in PEM, on one line each for YAML.</summary>
internal sealed class InteropCertificates
{
    public InteropCertificates()
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=root", rootKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var start = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using var root = request.CreateSelfSigned(start, start.AddYears(50));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var leaf = new CertificateRequest("CN=leaf", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("interop.test");
        names.AddIpAddress(IPAddress.Loopback);
        leaf.CertificateExtensions.Add(names.Build());
        using var signed = leaf.Create(root, start, start.AddYears(40), [1, 2, 3, 4]);
        Root = OneLine(root.ExportCertificatePem());
        Certificate = OneLine(signed.ExportCertificatePem());
        Key = OneLine(key.ExportPkcs8PrivateKeyPem());
    }

    public string Root { get; }

    public string Certificate { get; }

    public string Key { get; }

    private static string OneLine(string pem) => $"\"{pem.ReplaceLineEndings("\\n")}\\n\"";
}
