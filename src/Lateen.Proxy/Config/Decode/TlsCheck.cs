using System.Security.Cryptography;
using System.Text;
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
        if (context.Errors.Count > 0 || !NeedsCheck(config))
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
            var digest = DigestOf(options);
            if (!context.Resources.SharedSecrets.WasTried(digest))
            {
                using var tried = new TlsContext(options, allowsNoCertificate: true);
                context.Resources.SharedSecrets.SetTried(digest);
            }
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

    private static bool NeedsCheck(TlsContextConfig config) =>
        config.Certificates.Any(slot => slot.Name.Length == 0) || config.Validation is { Name.Length: 0 }
        || config.CipherSuites.Length > 0 || config.EcdhCurves.Length > 0
        || config.SignatureAlgorithms.Length > 0;

    /// <summary>Tells apart what the library may take or refuse; the same is tried once, however many clusters have
    /// it.</summary>
    private static string DigestOf(TlsContextOptions options)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var certificate in options.Certificates)
        {
            Add(certificate.CertificateChainPem);
            Add(certificate.PrivateKeyPem);
            Add(certificate.Password);
            Add(certificate.Pkcs12);
            Add(certificate.OcspStaple);
            Add(Encoding.UTF8.GetBytes($"{certificate.Origin} {certificate.KeyOrigin}"));
        }
        Add(options.TrustedCaPem);
        Add(options.CrlPem);
        foreach (var (domain, bundle) in options.TrustBundles)
        {
            Add(Encoding.UTF8.GetBytes(domain));
            Add(bundle);
        }
        foreach (var key in options.TicketKeys)
        {
            Add(key);
        }
        foreach (var protocol in options.AlpnProtocols)
        {
            Add(protocol);
        }
        Add(Encoding.UTF8.GetBytes($"{options.IsServer} {options.CipherSuites} {options.Groups} "
            + $"{options.Signatures} {options.IsFips} "
            + $"{options.MinimumVersion} {options.MaximumVersion} {options.OcspPolicy} {options.CrlLeafOnly} "
            + $"{options.VerifyDepthMax} {options.AllowExpired}"));
        return Convert.ToBase64String(hash.GetHashAndReset());

        void Add(byte[]? part)
        {
            // Each part with its length, so that two lists never look alike.
            hash.AppendData(BitConverter.GetBytes(part?.Length ?? -1));
            hash.AppendData(part ?? []);
        }
    }
}
