using Lateen.Proxy.Stats;
using Lateen.Proxy.Tls;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Gauges that tell when certificates of a TLS context end.</summary>
internal static class TlsExpirations
{
    /// <summary>Envoy names what has no name by the digest of nothing.</summary>
    private const string NoName = "e3b0c442";

    /// <summary>Sets them for what is there already; secrets that come later are told by their own.</summary>
    public static void Set(TlsContextConfig config, DecodeContext context)
    {
        foreach (var slot in config.Certificates)
        {
            Set(slot.Name, "unnamed_cert_", slot.Current?.CertificateChainPem, config.FactoryStats, context);
        }
        Set(config.Validation?.Name ?? "", "unnamed_ca_cert_", config.Validation?.Current?.TrustedCaPem,
            config.FactoryStats, context);
    }

    private static void Set(
        string name, string prefix, byte[]? pem, TlsFactoryStats? stats, DecodeContext context)
    {
        if (pem is { Length: > 0 } && context.Resources.SharedSecrets.CertificateOf(pem) is { } info)
        {
            stats?.SetExpiration(name.Length > 0 ? StatNames.Sanitize(name) : prefix + NoName, info.NotAfter);
        }
    }
}
