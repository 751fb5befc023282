using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Envoy.Config.Core.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Lateen.Proxy.Tls;
using TlsCertificate = Lateen.Proxy.Tls.TlsCertificate;
using TlsCertificateProto = Envoy.Extensions.TransportSockets.Tls.V3.TlsCertificate;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Certificates, ticket keys and the rules for peers' certificates.</summary>
internal static class TlsSecretDecoder
{
    private const int TicketKeyBytes = 80;

    /// <summary>Where distributions keep the authorities that they trust.</summary>
    private static readonly string[] SystemRoots =
    [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem",
    ];

    public static TlsCertificate? DecodeCertificate(TlsCertificateProto certificate, string path, DecodeContext context)
    {
        if (certificate.PrivateKeyProvider is { } provider)
        {
            context.Error($"{path}.private_key_provider", "TLS",
                $"Failed to load private key provider: {provider.ProviderName}");
            return null;
        }
        if (certificate.TlsParams is not null)
        {
            context.Error($"{path}.tls_params", "TLS", "parameters of one certificate are not supported",
                "Set them in common_tls_context.tls_params.");
            return null;
        }
        var store = DataSourceReader.Read(certificate.Pkcs12, $"{path}.pkcs12", context);
        var chain = DataSourceReader.Read(certificate.CertificateChain, $"{path}.certificate_chain", context);
        var key = DataSourceReader.Read(certificate.PrivateKey, $"{path}.private_key", context);
        if (store is null && chain is not { Length: > 0 })
        {
            context.Error(path, "TLS", "Failed to load incomplete certificate from "
                + $"{DataSourceReader.OriginOf(certificate.CertificateChain)}: certificate chain not set");
            return null;
        }
        if (store is null && key is not { Length: > 0 })
        {
            context.Error(path, "TLS", "Failed to load incomplete private key from path: "
                + DataSourceReader.OriginOf(certificate.PrivateKey));
            return null;
        }
        return context.Share(new TlsCertificate
        {
            CertificateChainPem = context.Resources.SharedSecrets.Share(chain) ?? [],
            PrivateKeyPem = context.Resources.SharedSecrets.Share(key) ?? [],
            Pkcs12 = store,
            KeyOrigin = context.Share(DataSourceReader.OriginOf(certificate.PrivateKey)),
            OcspStaple = DataSourceReader.Read(certificate.OcspStaple, $"{path}.ocsp_staple", context) ?? [],
            Password = DataSourceReader.Read(certificate.Password, $"{path}.password", context),
            Origin = context.Share(DataSourceReader.OriginOf(certificate.CertificateChain)),
        });
    }

    public static byte[][] DecodeTicketKeys(TlsSessionTicketKeys keys, string path, DecodeContext context)
    {
        var result = new List<byte[]>();
        for (var i = 0; i < keys.Keys.Count; i++)
        {
            var key = DataSourceReader.Read(keys.Keys[i], $"{path}.keys[{i}]", context) ?? [];
            if (key.Length != TicketKeyBytes)
            {
                context.Error($"{path}.keys[{i}]", "TLS", "Incorrect TLS session ticket key length. "
                    + $"Length {key.Length}, expected length {TicketKeyBytes}.");
            }
            result.Add(key);
        }
        if (result.Count == 0)
        {
            context.Error($"{path}.keys", "TLS", "value must contain at least 1 item(s)");
        }
        return [.. result];
    }

    /// <summary>With <paramref name="isPart"/> the authorities may come from elsewhere.</summary>
    public static CertificateValidation DecodeValidation(
        CertificateValidationContext validation, string path, DecodeContext context, bool isPart = false)
    {
        var result = DecodeRules(validation, path, context);
        if (!isPart)
        {
            CheckRules(validation, result, path, context);
        }
        return result;
    }

    private static CertificateValidation DecodeRules(
        CertificateValidationContext validation, string path, DecodeContext context)
    {
        return context.Share(new CertificateValidation
        {
            VerifyDepthMax = (int?)validation.MaxVerifyDepth ?? -1,
            TrustedCaPem = context.Resources.SharedSecrets.Share(ReadAuthorities(validation, path, context)) ?? [],
            TrustedCaOrigin = context.Share(DataSourceReader.OriginOf(validation.TrustedCa)),
            CrlPem = DataSourceReader.Read(validation.Crl, $"{path}.crl", context) ?? [],
            SubjectAltNames = DecodeNames(validation, path, context),
            SpkiHashes = Hashes(validation.VerifyCertificateSpki, false, $"{path}.verify_certificate_spki", context),
            CertificateHashes =
                Hashes(validation.VerifyCertificateHash, true, $"{path}.verify_certificate_hash", context),
            AllowExpiredCertificate = validation.AllowExpiredCertificate,
            AcceptUntrusted = validation.TrustChainVerification
                == CertificateValidationContext.Types.TrustChainVerification.AcceptUntrusted,
            OnlyVerifyLeafCertificateCrl = validation.OnlyVerifyLeafCertCrl,
            TrustBundles = DecodeBundles(validation.CustomValidatorConfig, $"{path}.custom_validator_config", context),
        });
    }

    private static byte[] ReadAuthorities(
        CertificateValidationContext validation, string path, DecodeContext context)
    {
        if (validation.SystemRootCerts is not null)
        {
            foreach (var file in SystemRoots)
            {
                if (File.Exists(file))
                {
                    return File.ReadAllBytes(file);
                }
            }
            context.Error($"{path}.system_root_certs", "TLS", "no file of the system's authorities was found");
            return [];
        }
        var pem = DataSourceReader.Read(validation.TrustedCa, $"{path}.trusted_ca", context);
        if (validation.TrustedCa is not null && pem is { Length: 0 })
        {
            context.Error($"{path}.trusted_ca", "TLS", "Failed to load trusted CA certificates from "
                + DataSourceReader.OriginOf(validation.TrustedCa));
        }
        return pem ?? [];
    }

    /// <summary>Rules that mean nothing, or too little, without authorities.</summary>
    private static void CheckRules(
        CertificateValidationContext validation, CertificateValidation rules, string path, DecodeContext context)
    {
        if (rules.TrustedCaPem.Length > 0 || rules.TrustBundles.Length > 0)
        {
            return;
        }
        if (rules.CrlPem.Length > 0)
        {
            context.Error(path, "TLS", "Failed to load CRL from "
                + $"{DataSourceReader.OriginOf(validation.Crl)} without trusted CA");
        }
        if (rules.SubjectAltNames.Length > 0)
        {
            context.Error(path, "TLS", "SAN-based verification of peer certificates without trusted CA is insecure"
                + " and not allowed");
        }
        if (rules.AllowExpiredCertificate)
        {
            context.Error(path, "TLS", "Certificate validity period is always ignored without trusted CA");
        }
    }

    private static ImmutableArray<(string TrustDomain, byte[] BundlePem)> DecodeBundles(
        TypedExtensionConfig? validator, string path, DecodeContext context)
    {
        if (validator is null)
        {
            return [];
        }
        var type = TypedConfigs.Open(validator.TypedConfig, out var bytes, out var fields);
        if (type != "envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig")
        {
            TypedConfigs.ReportUnknown(validator.Name, validator.TypedConfig, path, context);
            return [];
        }
        var config = TypedConfigs.Read(SPIFFECertValidatorConfig.Parser, bytes, fields);
        if (config.TrustBundles is { } map)
        {
            return SpiffeBundles.Read(
                DataSourceReader.Read(map, $"{path}.trust_bundles", context) ?? [], $"{path}.trust_bundles", context);
        }
        if (config.TrustDomains.Count == 0)
        {
            context.Error($"{path}.trust_domains", "TLS", "value must contain at least 1 item(s)");
        }
        foreach (var twice in config.TrustDomains.GroupBy(domain => domain.Name).Where(group => group.Count() > 1))
        {
            context.Error($"{path}.trust_domains", "TLS",
                $"Multiple trust bundles are given for one trust domain for {twice.Key}");
        }
        return [.. config.TrustDomains.Select((domain, i) => (
            domain.Name,
            DataSourceReader.Read(domain.TrustBundle, $"{path}.trust_domains[{i}].trust_bundle", context) ?? []))];
    }

    /// <summary>The rules for names, which many clusters have alike.</summary>
    private static ImmutableArray<SanMatcher> DecodeNames(
        CertificateValidationContext validation, string path, DecodeContext context)
    {
        if (validation.MatchTypedSubjectAltNames.Count + validation.MatchSubjectAltNames.Count == 0)
        {
            return [];
        }
        var names = new CertificateValidationContext
        {
            MatchTypedSubjectAltNames = { validation.MatchTypedSubjectAltNames },
            MatchSubjectAltNames = { validation.MatchSubjectAltNames },
        };
        return ImmutableCollectionsMarshal.AsImmutableArray(
            context.ShareDecoded<SanMatcher[]>(names, () => DecodeOwnNames(names, path, context)));
    }

    private static SanMatcher[] DecodeOwnNames(
        CertificateValidationContext validation, string path, DecodeContext context)
    {
        var result = new List<SanMatcher>();
        for (var i = 0; i < validation.MatchTypedSubjectAltNames.Count; i++)
        {
            var typed = validation.MatchTypedSubjectAltNames[i];
            var at = $"{path}.match_typed_subject_alt_names[{i}].matcher";
            CheckObjectId(typed, at, context);
            if (typed.Matcher is not null && MatcherDecoder.DecodeString(typed.Matcher, at, context) is { } matcher)
            {
                result.Add(new SanMatcher(
                    typed.SanType switch
                    {
                        SubjectAltNameMatcher.Types.SanType.Dns => SanKind.Dns,
                        SubjectAltNameMatcher.Types.SanType.Uri => SanKind.Uri,
                        SubjectAltNameMatcher.Types.SanType.Email => SanKind.Email,
                        SubjectAltNameMatcher.Types.SanType.IpAddress => SanKind.Ip,
                        _ => SanKind.Other,
                    },
                    matcher)
                {
                    ObjectId = typed.Oid,
                });
            }
        }
        var untyped = validation.MatchTypedSubjectAltNames.Count > 0 ? 0 : validation.MatchSubjectAltNames.Count;
        for (var i = 0; i < untyped; i++)
        {
            var at = $"{path}.match_subject_alt_names[{i}]";
            if (MatcherDecoder.DecodeString(validation.MatchSubjectAltNames[i], at, context) is { } matcher)
            {
                result.Add(new SanMatcher(null, matcher));
            }
        }
        return [.. result];
    }

    /// <summary>Other names are told apart by an object identifier: numbers with dots between them.</summary>
    private static void CheckObjectId(SubjectAltNameMatcher matcher, string path, DecodeContext context)
    {
        if (matcher.SanType != SubjectAltNameMatcher.Types.SanType.OtherName)
        {
            return;
        }
        var parts = matcher.Oid.Split('.');
        if (matcher.Oid.Length == 0)
        {
            context.Error(path, "TLS", "Must specify an OID when using OTHER_NAME matcher");
        }
        else if (parts.Length < 2 || !parts.All(part => part.Length > 0 && part.All(char.IsAsciiDigit))
            || parts[0] is not ("0" or "1" or "2"))
        {
            context.Error(path, "TLS", $"Failed to create SAN matcher of type {matcher.SanType}: invalid OID");
        }
    }

    private static ImmutableArray<byte[]> Hashes(
        Google.Protobuf.Collections.RepeatedField<string> texts, bool hex, string path, DecodeContext context)
    {
        var result = ImmutableArray.CreateBuilder<byte[]>(texts.Count);
        for (var i = 0; i < texts.Count; i++)
        {
            try
            {
                var bytes = hex
                    ? Convert.FromHexString(texts[i].Replace(":", "", StringComparison.Ordinal))
                    : Convert.FromBase64String(texts[i]);
                if (bytes.Length == 32)
                {
                    result.Add(bytes);
                    continue;
                }
            }
            catch (FormatException)
            {
                // Reported below, as a wrong length is.
            }
            context.Error($"{path}[{i}]", "TLS", hex
                ? $"Invalid hex-encoded SHA-256 {texts[i]}"
                : $"Invalid base64-encoded SHA-256 {texts[i]}");
        }
        return result.ToImmutable();
    }
}
