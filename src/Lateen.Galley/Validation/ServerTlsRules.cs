using Istio.Networking.V1Alpha3;
using Lateen.Core.Yaml;
using static Istio.Networking.V1Alpha3.ServerTLSSettings.Types;

namespace Lateen.Galley.Validation;

/// <summary>Rules of TLS on the server side.</summary>
internal static class ServerTlsRules
{
    private const string Code = "gateway.tls";
    private const int MaxCertificates = 2;

    private static readonly HashSet<string> _ciphers = new(StringComparer.Ordinal)
    {
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
        "ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA", "ECDHE-RSA-AES256-SHA",
        "AES128-GCM-SHA256", "AES256-GCM-SHA384", "AES128-SHA", "AES256-SHA", "DES-CBC3-SHA",
    };

    /// <summary>Whether nothing but the redirect is set, as servers of plain HTTP may have it.</summary>
    public static bool IsRedirectOnly(ServerTLSSettings tls) =>
        tls.Equals(new ServerTLSSettings { HttpsRedirect = tls.HttpsRedirect });

    public static void Validate(Findings findings, ServerTLSSettings? tls, string path)
    {
        if (tls is null)
        {
            return;
        }

        Versions(findings, tls, path);
        var sources = Sources(tls);
        findings.Require(sources.Count <= 1, path, Code,
            $"only one source of certificates is possible, but there are {string.Join(" and ", sources)}", "Keep one.");
        for (var i = 0; i < tls.TlsCertificates.Count; i++)
        {
            var pair = tls.TlsCertificates[i];
            findings.Require(pair.ServerCertificate.Length > 0 && pair.PrivateKey.Length > 0,
                NodePath.Item(NodePath.Field(path, "tlsCertificates"), i), Code, "both certificate and key are needed");
        }

        if (tls.TlsCertificates.Count > MaxCertificates)
        {
            findings.Warning(NodePath.Field(path, "tlsCertificates"), Code,
                $"only the first {MaxCertificates} certificates are used");
        }

        findings.Require(tls.CredentialNames.Count <= MaxCertificates, NodePath.Field(path, "credentialNames"), Code,
            $"at most {MaxCertificates} credentials are possible");
        Modes(findings, tls, sources, path);
    }

    private static List<string> Sources(ServerTLSSettings tls)
    {
        var sources = new List<string>();
        foreach (var (given, name) in new[]
        {
            (tls.ServerCertificate.Length > 0, "serverCertificate"),
            (tls.CredentialName.Length > 0, "credentialName"),
            (tls.CredentialNames.Count > 0, "credentialNames"),
            (tls.TlsCertificates.Count > 0, "tlsCertificates"),
        })
        {
            if (given)
            {
                sources.Add(name);
            }
        }

        return sources;
    }

    private static void Modes(Findings findings, ServerTLSSettings tls, List<string> sources, string path)
    {
        var hasFiles = tls.ServerCertificate.Length > 0 && tls.PrivateKey.Length > 0;
        var hasCredential = tls.CredentialName.Length > 0 || tls.CredentialNames.Count > 0;
        switch (tls.Mode)
        {
            case TLSmode.IstioMutual:
                findings.Require(sources.Count == 0 && tls.CaCertificates.Length == 0, path, Code,
                    "mode ISTIO_MUTUAL uses the certificates of the mesh and takes no others");
                break;
            case TLSmode.Passthrough or TLSmode.AutoPassthrough:
                if (sources.Count > 0 || tls.CaCertificates.Length > 0 || tls.CaCrl.Length > 0)
                {
                    findings.Warning(path, Code, "a server that passes TLS through does not use certificates",
                        "Remove them, or set mode SIMPLE.");
                }

                break;
            case TLSmode.Simple or TLSmode.Mutual or TLSmode.OptionalMutual:
                if (!hasCredential && tls.TlsCertificates.Count == 0 && !hasFiles)
                {
                    findings.Error(path, Code, $"mode {Name(tls.Mode)} needs a certificate and a key",
                        "Set credentialName, or serverCertificate and privateKey.");
                }

                var needsCa = tls.Mode != TLSmode.Simple && !hasCredential && tls.CaCertificates.Length == 0
                    && tls.CaCertCredentialName.Length == 0;
                findings.Require(!needsCa, NodePath.Field(path, "caCertificates"), Code,
                    $"mode {Name(tls.Mode)} needs the certificates that client certificates are verified with");
                findings.Require(tls.Mode != TLSmode.Simple || tls.CaCrl.Length == 0 || hasCredential,
                    NodePath.Field(path, "caCrl"), Code,
                    "mode SIMPLE asks for no client certificates, so there is nothing to revoke");
                break;
        }
    }

    private static string Name(TLSmode mode) => mode switch
    {
        TLSmode.Simple => "SIMPLE",
        TLSmode.Mutual => "MUTUAL",
        _ => "OPTIONAL_MUTUAL",
    };

    private static void Versions(Findings findings, ServerTLSSettings tls, string path)
    {
        var isOld = tls.MinProtocolVersion is TLSProtocol.Tlsv10 or TLSProtocol.Tlsv11;
        if (isOld && tls.CipherSuites.Count == 0)
        {
            findings.Warning(NodePath.Field(path, "minProtocolVersion"), Code,
                "TLS below 1.2 needs cipherSuites that it can use", "Name them, or use TLSV1_2.");
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < tls.CipherSuites.Count; i++)
        {
            var (suite, at) = (tls.CipherSuites[i], NodePath.Item(NodePath.Field(path, "cipherSuites"), i));
            var isOperator = suite.Length == 0 || suite == "ALL" || suite[0] is '+' or '-' or '!' or '@' or '[';
            if (!isOperator && !_ciphers.Contains(suite))
            {
                findings.Warning(at, Code, $"the cipher suite \"{suite}\" is unknown and passed over");
            }
            else if (!seen.Add(suite))
            {
                findings.Warning(at, Code, $"the cipher suite \"{suite}\" occurs twice");
            }
        }
    }
}
