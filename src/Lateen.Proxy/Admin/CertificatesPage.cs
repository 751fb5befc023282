using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Lateen.Core.Yaml;
using Lateen.Proxy.Tls;
using Lateen.Security.Certificates;

namespace Lateen.Proxy.Admin;

/// <summary><c>/certs</c>: certificates that came by SDS, with their validity.</summary>
internal static class CertificatesPage
{
    public static string Write(ProxyServer server)
    {
        var entries = new List<YamlNode>();
        lock (server.Configuration.SyncRoot)
        {
            var secrets = server.Configuration.Resources.Secrets;
            var authorities = secrets.Validations.Values.Select(slot => slot.Current).OfType<CertificateValidation>()
                .SelectMany(validation => Read(validation.TrustedCaPem, validation.TrustedCaOrigin, server.Clock))
                    .ToList();
            foreach (var certificate in secrets.Certificates.Values.Select(slot => slot.Current)
                .OfType<TlsCertificate>())
            {
                var chain = Read(certificate.CertificateChainPem, certificate.Origin, server.Clock);
                entries.Add(new YamlMapping(
                    ("ca_cert", new YamlSequence(authorities)), ("cert_chain", new YamlSequence(chain))));
            }
        }
        return AdminJson.Write(new YamlMapping(("certificates", new YamlSequence(entries))));
    }

    private static List<YamlNode> Read(byte[] pem, string origin, TimeProvider clock)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(Encoding.ASCII.GetString(pem));
        }
        catch (CryptographicException)
        {
            return [];
        }
        return [.. certificates.Select(certificate => Describe(certificate, origin, clock))];
    }

    private static YamlMapping Describe(X509Certificate2 certificate, string origin, TimeProvider clock)
    {
        var names = new List<YamlNode>();
        foreach (var name in SubjectAlternativeNames.Read(certificate))
        {
            if (KeyOf(name.Kind) is { } key)
            {
                names.Add(new YamlMapping((key, new YamlScalar(name.Value))));
            }
        }
        var days = Math.Max(0, (int)(certificate.NotAfter.ToUniversalTime() - clock.GetUtcNow().UtcDateTime).TotalDays);
        var text = new YamlMapping(
            ("path", new YamlScalar(origin)),
            ("serial_number", new YamlScalar(certificate.SerialNumber.ToLowerInvariant())),
            ("subject_alt_names", new YamlSequence(names)),
            ("days_until_expiration", new YamlScalar(days.ToString(CultureInfo.InvariantCulture))),
            ("valid_from", AdminJson.Time(certificate.NotBefore)),
            ("expiration_time", AdminJson.Time(certificate.NotAfter)));
        certificate.Dispose();
        return text;
    }

    /// <summary>As <c>envoy.admin.v3.SubjectAlternateName</c> names them; it knows no e-mail addresses.</summary>
    private static string? KeyOf(SubjectAlternativeNameKind kind) => kind switch
    {
        SubjectAlternativeNameKind.Dns => "dns",
        SubjectAlternativeNameKind.Uri => "uri",
        SubjectAlternativeNameKind.Ip => "ip_address",
        _ => null,
    };
}
