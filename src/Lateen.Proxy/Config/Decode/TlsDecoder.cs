using System.Collections.Immutable;
using Envoy.Config.Core.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Lateen.Proxy.Tls;
using TlsCertificate = Lateen.Proxy.Tls.TlsCertificate;
using TlsCertificateProto = Envoy.Extensions.TransportSockets.Tls.V3.TlsCertificate;

namespace Lateen.Proxy.Config.Decode;

/// <summary>TLS contexts, certificates and validation.</summary>
internal static class TlsDecoder
{
    public const string DownstreamType = "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext";
    public const string UpstreamType = "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext";
    public const string RawBufferType = "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer";

    /// <summary>The transport socket of a filter chain; null: plaintext.</summary>
    public static TlsContextConfig? DecodeDownstream(TransportSocket? socket, string path, DecodeContext context)
    {
        var type = TypedConfigs.Open(socket?.TypedConfig, out var bytes, out var fields);
        if (socket is null || type == RawBufferType
            || (type.Length == 0 && socket.Name == "envoy.transport_sockets.raw_buffer"))
        {
            return null;
        }
        if (type != DownstreamType)
        {
            TypedConfigs.ReportUnknown(socket.Name, socket.TypedConfig, path, context);
            return null;
        }
        var config = TypedConfigs.Read(DownstreamTlsContext.Parser, bytes, fields);
        var common = config.CommonTlsContext ?? new CommonTlsContext();
        var at = $"{path}.typed_config.common_tls_context";
        var certificates = DecodeCertificates(common, at, context);
        if (certificates.Length == 0)
        {
            context.Error(at, "TLS", "No TLS certificates found for server context");
        }
        return new TlsContextConfig(context.Resources.WorkerCount)
        {
            IsDownstream = true,
            Certificates = certificates,
            Validation = DecodeValidation(common, at, context),
            AlpnProtocols = Alpn(common),
            MinimumVersion = Version(common.TlsParams?.TlsMinimumProtocolVersion),
            MaximumVersion = Version(common.TlsParams?.TlsMaximumProtocolVersion),
            CipherSuites = [.. common.TlsParams?.CipherSuites ?? []],
            EcdhCurves = [.. common.TlsParams?.EcdhCurves ?? []],
            RequireClientCertificate = config.RequireClientCertificate ?? false,
            DisableStatelessSessionResumption = config.DisableStatelessSessionResumption,
        };
    }

    /// <summary>The transport socket of a cluster.</summary>
    public static Clusters.TransportSocketConfig DecodeUpstream(
        TransportSocket? socket, string name, Google.Protobuf.WellKnownTypes.Struct? match, string path,
            DecodeContext context)
    {
        var type = TypedConfigs.Open(socket?.TypedConfig, out var bytes, out var fields);
        if (socket is null || type == RawBufferType
            || (type.Length == 0 && socket.Name == "envoy.transport_sockets.raw_buffer"))
        {
            return new Clusters.TransportSocketConfig { Name = name, Match = match };
        }
        if (type == "envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport")
        {
            var proxy = TypedConfigs.Read(
                Envoy.Extensions.TransportSockets.ProxyProtocol.V3.ProxyProtocolUpstreamTransport.Parser, bytes,
                    fields);
            var inner =
                DecodeUpstream(proxy.TransportSocket, name, match, $"{path}.typed_config.transport_socket", context);
            return new Clusters.TransportSocketConfig
            {
                Name = name,
                Match = match,
                Tls = inner.Tls,
                ProxyProtocolVersion = proxy.Config?.Version == ProxyProtocolConfig.Types.Version.V2 ? 2 : 1,
            };
        }
        if (type != UpstreamType)
        {
            TypedConfigs.ReportUnknown(socket.Name, socket.TypedConfig, path, context);
            return Clusters.TransportSocketConfig.RawBuffer;
        }
        var config = TypedConfigs.Read(UpstreamTlsContext.Parser, bytes, fields);
        var common = config.CommonTlsContext ?? new CommonTlsContext();
        var at = $"{path}.typed_config.common_tls_context";
        return new Clusters.TransportSocketConfig
        {
            Name = name,
            Match = match,
            Tls = new TlsContextConfig(context.Resources.WorkerCount)
            {
                Certificates = DecodeCertificates(common, at, context),
                Validation = DecodeValidation(common, at, context),
                AlpnProtocols = Alpn(common),
                MinimumVersion = Version(common.TlsParams?.TlsMinimumProtocolVersion),
                MaximumVersion = Version(common.TlsParams?.TlsMaximumProtocolVersion),
                CipherSuites = [.. common.TlsParams?.CipherSuites ?? []],
                EcdhCurves = [.. common.TlsParams?.EcdhCurves ?? []],
                Sni = System.Text.Encoding.ASCII.GetBytes(config.Sni),
                MaxSessionKeys = (int)(config.MaxSessionKeys ?? 1),
                AllowRenegotiation = config.AllowRenegotiation,
            },
        };
    }

    public static TlsCertificate? DecodeCertificate(TlsCertificateProto certificate, string path, DecodeContext context)
    {
        var chain = DataSourceReader.Read(certificate.CertificateChain, $"{path}.certificate_chain", context);
        var key = DataSourceReader.Read(certificate.PrivateKey, $"{path}.private_key", context);
        if (chain is null || key is null)
        {
            context.Error(path, "TLS", "a certificate chain and a private key are required");
            return null;
        }
        return new TlsCertificate
        {
            CertificateChainPem = chain,
            PrivateKeyPem = key,
            Password = DataSourceReader.Read(certificate.Password, $"{path}.password", context),
            Origin = DataSourceReader.OriginOf(certificate.CertificateChain),
        };
    }

    public static CertificateValidation DecodeValidation(
        CertificateValidationContext validation, string path, DecodeContext context)
    {
        return new CertificateValidation
        {
            TrustedCaPem = DataSourceReader.Read(validation.TrustedCa, $"{path}.trusted_ca", context) ?? [],
            TrustedCaOrigin = DataSourceReader.OriginOf(validation.TrustedCa),
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
        };
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
        return [.. config.TrustDomains.Select((domain, i) => (
            domain.Name,
            DataSourceReader.Read(domain.TrustBundle, $"{path}.trust_domains[{i}].trust_bundle", context) ?? []))];
    }

    private static ImmutableArray<SanMatcher> DecodeNames(
        CertificateValidationContext validation, string path, DecodeContext context)
    {
        var result = ImmutableArray.CreateBuilder<SanMatcher>();
        for (var i = 0; i < validation.MatchTypedSubjectAltNames.Count; i++)
        {
            var typed = validation.MatchTypedSubjectAltNames[i];
            var at = $"{path}.match_typed_subject_alt_names[{i}].matcher";
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
                    matcher));
            }
        }
        for (var i = 0; i < validation.MatchSubjectAltNames.Count; i++)
        {
            var at = $"{path}.match_subject_alt_names[{i}]";
            if (MatcherDecoder.DecodeString(validation.MatchSubjectAltNames[i], at, context) is { } matcher)
            {
                result.Add(new SanMatcher(null, matcher));
            }
        }
        return result.ToImmutable();
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
            context.Error($"{path}[{i}]", "TLS", "not a SHA-256 hash");
        }
        return result.ToImmutable();
    }

    private static ImmutableArray<SecretSlot<TlsCertificate>> DecodeCertificates(
        CommonTlsContext common, string path, DecodeContext context)
    {
        var result = ImmutableArray.CreateBuilder<SecretSlot<TlsCertificate>>();
        for (var i = 0; i < common.TlsCertificates.Count; i++)
        {
            if (DecodeCertificate(
                common.TlsCertificates[i], $"{path}.tls_certificates[{i}]", context) is { } certificate)
            {
                result.Add(new SecretSlot<TlsCertificate>("") { Current = certificate });
            }
        }
        for (var i = 0; i < common.TlsCertificateSdsSecretConfigs.Count; i++)
        {
            result.Add(context.CertificateSecret(
                common.TlsCertificateSdsSecretConfigs[i], $"{path}.tls_certificate_sds_secret_configs[{i}]"));
        }
        return result.ToImmutable();
    }

    private static SecretSlot<CertificateValidation>? DecodeValidation(
        CommonTlsContext common, string path, DecodeContext context)
    {
        switch (common.ValidationContextTypeCase)
        {
            case CommonTlsContext.ValidationContextTypeOneofCase.ValidationContext:
                return new SecretSlot<CertificateValidation>("")
                {
                    Current = DecodeValidation(common.ValidationContext, $"{path}.validation_context", context),
                };
            case CommonTlsContext.ValidationContextTypeOneofCase.ValidationContextSdsSecretConfig:
                return context.ValidationSecret(
                    common.ValidationContextSdsSecretConfig, $"{path}.validation_context_sds_secret_config");
            case CommonTlsContext.ValidationContextTypeOneofCase.CombinedValidationContext:
                var combined = common.CombinedValidationContext;
                var secret = combined.ValidationContextSdsSecretConfig ?? new SdsSecretConfig();
                var source = context.SecretSource(
                    secret, $"{path}.combined_validation_context.validation_context_sds_secret_config");
                var basis = DecodeValidation(
                    combined.DefaultValidationContext ?? new CertificateValidationContext(),
                    $"{path}.combined_validation_context.default_validation_context", context);
                return context.Resources.Secrets.GetCombined(
                    source?.Scope(secret.Name) ?? secret.Name, basis, source);
            case CommonTlsContext.ValidationContextTypeOneofCase.None:
                return null;
            default:
                context.Error(path, "TLS", "certificate providers are not supported", "use SDS or inline validation");
                return null;
        }
    }

    private static ImmutableArray<byte[]> Alpn(CommonTlsContext common) =>
        [.. common.AlpnProtocols.SelectMany(p => p.Split(','))
            .Select(p => System.Text.Encoding.ASCII.GetBytes(p.Trim()))];

    private static int Version(TlsParameters.Types.TlsProtocol? version) => version switch
    {
        TlsParameters.Types.TlsProtocol.Tlsv10 => 0x0301,
        TlsParameters.Types.TlsProtocol.Tlsv11 => 0x0302,
        TlsParameters.Types.TlsProtocol.Tlsv12 => 0x0303,
        TlsParameters.Types.TlsProtocol.Tlsv13 => 0x0304,
        _ => 0,
    };
}
