using Lateen.Net;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Tls;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Tries what a TLS configuration asks of the library, so that a bad one is refused when it is loaded and not
/// when the first connection comes.</summary>
internal static class TlsCheck
{
    /// <summary>Parameters are looked at always, certificates and authorities where they stand in the
    /// configuration; those that come by discovery are tried when they arrive.</summary>
    public static void Check(TlsContextConfig config, string path, DecodeContext context)
    {
        if (context.Errors.Count > 0 || !NeedsCheck(config, context))
        {
            return;
        }
        var certificates = config.Certificates.All(slot => slot.Current is not null)
            ? config.Certificates.Select(slot => slot.Current!).ToArray()
            : [];
        try
        {
            // A server cannot be tried without a certificate; its parameters can, as a client's.
            var options = TlsOptions.Build(
                config, certificates, config.Validation?.Current, config.TicketKeys?.Current ?? [], null,
                TimeProvider.System);
            using var tried = new TlsContext(options, allowsNoCertificate: true);
        }
        catch (TlsConfigurationException wrong)
        {
            context.Error(path, "TLS", wrong.Message);
        }
    }

    /// <summary>Tries a certificate that came by discovery.</summary>
    public static void Check(TlsCertificate certificate, string path, DecodeContext context)
    {
        var config = new TlsContextConfig { IsDownstream = true };
        Try(TlsOptions.Build(config, [certificate], null, [], null, TimeProvider.System), path, context);
    }

    /// <summary>Tries rules that came by discovery.</summary>
    public static void Check(CertificateValidation validation, string path, DecodeContext context)
    {
        var config = new TlsContextConfig();
        Try(TlsOptions.Build(config, [], validation, [], null, TimeProvider.System), path, context);
    }

    private static void Try(TlsContextOptions options, string path, DecodeContext context)
    {
        try
        {
            using var tried = new TlsContext(options, allowsNoCertificate: true);
        }
        catch (TlsConfigurationException wrong)
        {
            context.Error(path, "TLS", wrong.Message);
        }
    }

    /// <summary>The same parameters are tried once, however many clusters have them.</summary>
    private static bool NeedsCheck(TlsContextConfig config, DecodeContext context) =>
        config.Certificates.Any(slot => slot.Name.Length == 0) || config.Validation is { Name.Length: 0 }
        || ((config.CipherSuites.Length > 0 || config.EcdhCurves.Length > 0)
            && context.Resources.TlsParametersChecked.Add(
                $"{string.Join(':', config.CipherSuites)} {string.Join(':', config.EcdhCurves)}"));
}
