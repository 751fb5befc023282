using System.Security.Cryptography;
using System.Text;
using Lateen.Net;
using Lateen.Proxy.Tls;

namespace Lateen.Proxy.Runtime;

/// <summary>What a native context is built from: a configuration with the secrets that it holds at this
/// moment.</summary>
internal static class TlsOptions
{
    internal static TlsContextOptions Build(
        TlsContextConfig config, IReadOnlyList<TlsCertificate> certificates, CertificateValidation? validation,
        byte[][]? ticketKeys, byte[]? requiredName, TimeProvider clock)
    {
        var demands = validation is { DemandsCertificate: true } || requiredName is not null;
        var hasCa = validation is { TrustedCaPem.Length: > 0 };
        return new TlsContextOptions
        {
            IsServer = config.IsDownstream,
            Certificates = [.. certificates.Select(c => c.ToKeyPair())],
            TrustedCaPem = hasCa ? validation!.TrustedCaPem : null,
            CrlPem = validation is { CrlPem.Length: > 0 } ? validation.CrlPem : null,
            CrlLeafOnly = validation?.OnlyVerifyLeafCertificateCrl ?? false,
            VerifyDepthMax = validation?.VerifyDepthMax ?? -1,
            TrustBundles =
                [.. (validation?.TrustBundles ?? []).Select(b => KeyValuePair.Create(b.TrustDomain, b.BundlePem))],
            Verifier = demands
                ? new SanVerifier(validation ?? new CertificateValidation(), requiredName, config.AutoSniSanValidation)
                : null,
            AcceptUntrusted = validation?.AcceptUntrusted ?? false,
            AllowExpired = validation?.AllowExpiredCertificate ?? false,
            RequestCertificate = validation is not null && (hasCa || demands || validation.AcceptUntrusted),
            RequireCertificate = validation is not null && (config.RequireClientCertificate
                || (demands && !validation.AcceptUntrusted)),
            AlpnProtocols = config.AlpnProtocols,
            MinimumVersion = config.MinimumVersion == 0 ? 0x0303 : config.MinimumVersion,
            MaximumVersion = config.MaximumVersion != 0
                ? config.MaximumVersion
                : config.IsDownstream ? 0x0304 : 0x0303,
            CipherSuites = string.Join(':', config.CipherSuites),
            Groups = string.Join(':', config.EcdhCurves),
            Signatures = string.Join(':', config.SignatureAlgorithms),
            IsFips = config.IsFips,
            PreferClientCiphers = config.PreferClientCiphers,
            FullScanOnNameMismatch = config.FullScanCertificatesOnSniMismatch,
            OcspPolicy = config.OcspPolicy,
            DisableTickets = config.DisableStatelessSessionResumption,
            DisableSessionCache = config.DisableStatefulSessionResumption,
            TicketKeys = ticketKeys ?? OwnTicketKeys(config, certificates, validation),
            SessionContext = config.IsDownstream ? SessionContext(config, certificates, validation) : [],
            SessionSeconds = config.SessionTimeoutSeconds,
            SessionsMax = config.MaxSessionKeys,
            KeyLog = config.KeyLog is { } log ? line => log.File.Write(line) : null,
            Clock = clock,
        };
    }

    /// <summary>Keys that all workers have in common and that change with every secret, so that no session outlives
    /// the rules that it was verified by.</summary>
    private static byte[][] OwnTicketKeys(
        TlsContextConfig config, IReadOnlyList<TlsCertificate> certificates, CertificateValidation? validation)
    {
        if (!config.IsDownstream || config.DisableStatelessSessionResumption)
        {
            return [];
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var certificate in certificates)
        {
            hash.AppendData(certificate.PrivateKeyPem);
        }

        hash.AppendData(SessionContext(config, certificates, validation));
        return [HKDF.DeriveKey(HashAlgorithmName.SHA256, config.TicketSeed, 80, hash.GetHashAndReset())];
    }

    /// <summary>Tells contexts apart that share ticket keys: a session that one made is not resumed by another with
    /// other certificates or rules for the client's (Envoy: <c>generateHashForSessionContextId</c>).</summary>
    private static byte[] SessionContext(
        TlsContextConfig config, IReadOnlyList<TlsCertificate> certificates, CertificateValidation? validation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var certificate in certificates)
        {
            hash.AppendData(certificate.CertificateChainPem);
        }

        if (validation is not null)
        {
            hash.AppendData(validation.TrustedCaPem);
            hash.AppendData(validation.CrlPem);
            foreach (var digest in validation.SpkiHashes.Concat(validation.CertificateHashes))
            {
                hash.AppendData(digest);
            }

            foreach (var (domain, bundle) in validation.TrustBundles)
            {
                hash.AppendData(Encoding.UTF8.GetBytes(domain));
                hash.AppendData(bundle);
            }
        }

        var names = validation?.SubjectAltNames.Select(name => $"{name.Kind} {name.ObjectId} {name.Matcher}\n") ?? [];
        hash.AppendData(Encoding.UTF8.GetBytes(string.Concat(names)
            + $"{config.RequireClientCertificate} {validation?.AcceptUntrusted} {validation?.AllowExpiredCertificate} "
            + $"{validation?.VerifyDepthMax} {validation?.OnlyVerifyLeafCertificateCrl}"));
        return hash.GetHashAndReset();
    }
}
