using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Lateen.Core.Yaml;
using Lateen.Proxy.Config;
using Lateen.Proxy.Listeners;
using Lateen.Proxy.Tls;
using Lateen.Security.Certificates;

namespace Lateen.Proxy.Admin;

/// <summary>
/// <c>/certs</c>: certificates and authorities in force with their validity, one entry for each TLS context of a
/// listener or cluster.
/// </summary>
internal static class CertificatesPage
{
    public static string Write(ProxyServer server)
    {
        var entries = new List<YamlNode>();
        var known = new Dictionary<byte[], List<YamlNode>>(ReferenceEqualityComparer.Instance);
        lock (server.Configuration.SyncRoot)
        {
            foreach (var context in ContextsOf(server.Configuration))
            {
                var fields = new List<(string, YamlNode)>();
                if (context.Validation?.Current is { TrustedCaPem.Length: > 0 } validation)
                {
                    fields.Add(("ca_cert", new YamlSequence(
                        Of(validation.TrustedCaPem, validation.TrustedCaOrigin))));
                }
                var chains = context.Certificates.Select(slot => slot.Current).OfType<TlsCertificate>()
                    .SelectMany(certificate => Of(certificate.CertificateChainPem, certificate.Origin)).ToList();
                if (chains.Count > 0)
                {
                    fields.Add(("cert_chain", new YamlSequence(chains)));
                }
                if (fields.Count > 0)
                {
                    entries.Add(new YamlMapping([.. fields]));
                }
            }
        }
        return AdminJson.Write(new YamlMapping(("certificates", new YamlSequence(entries))));

        List<YamlNode> Of(byte[] pem, string origin)
        {
            if (!known.TryGetValue(pem, out var described))
            {
                known.Add(pem, described = Read(pem, origin, server.Clock));
            }
            return described;
        }
    }

    private static IEnumerable<TlsContextConfig> ContextsOf(ConfigurationManager configuration)
    {
        var ofListeners = configuration.Listeners.Entries.Values
            .SelectMany(entry => new[] { entry.Active, entry.Warming })
            .OfType<Listener>()
            .SelectMany(listener => listener.DefaultFilterChain is { } standard
                ? listener.AllFilterChains.Add(standard)
                : listener.AllFilterChains)
            .Select(chain => chain.Tls);
        var ofClusters = configuration.Clusters.Entries.Values
            .SelectMany(entry => entry.All)
            .SelectMany(cluster => cluster.Config.TransportSocketMatches.Append(cluster.Config.TransportSocket))
            .Select(socket => socket.Tls);
        return ofListeners.Concat(ofClusters).OfType<TlsContextConfig>().Distinct();
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
