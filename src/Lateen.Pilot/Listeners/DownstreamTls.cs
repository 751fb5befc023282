using Envoy.Config.Core.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Envoy.Type.Matcher.V3;
using Google.Protobuf.WellKnownTypes;
using Istio.Mesh.V1Alpha1;
using Istio.Networking.V1Alpha3;
using TlsMode = Istio.Networking.V1Alpha3.ServerTLSSettings.Types.TLSmode;
using TlsProtocol = Envoy.Extensions.TransportSockets.Tls.V3.TlsParameters.Types.TlsProtocol;
using TrustVerification = Envoy.Extensions.TransportSockets.Tls.V3.CertificateValidationContext.Types
    .TrustChainVerification;

namespace Lateen.Pilot.Listeners;

/// <summary>TLS on the server side: the mesh's mutual TLS, and what Gateways and Sidecars declare.</summary>
internal static class DownstreamTls
{
    private static readonly string[] MeshCiphers =
    [
        "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-RSA-AES128-GCM-SHA256", "AES256-GCM-SHA384", "AES128-GCM-SHA256",
    ];

    /// <summary>A transport socket; null leaves the chain without TLS.</summary>
    internal static TransportSocket? Socket(DownstreamTlsContext? context)
    {
        return context is null
            ? null : new TransportSocket { Name = FilterNames.TlsSocket, TypedConfig = Any.Pack(context) };
    }

    /// <summary>Mutual TLS with the workload's certificate; clients must be of the mesh's trust domains.</summary>
    internal static DownstreamTlsContext Mesh(TrafficContext context, string[] alpn)
    {
        var settings = context.Mesh.MeshMTLS;
        var common = new CommonTlsContext
        {
            AlpnProtocols = { alpn },
            TlsParams = new TlsParameters
            {
                CipherSuites = { settings is { CipherSuites.Count: > 0 } ? settings.CipherSuites : MeshCiphers },
                TlsMinimumProtocolVersion = Minimum(settings) ?? TlsProtocol.Tlsv12,
                TlsMaximumProtocolVersion = TlsProtocol.Tlsv13,
            },
        };
        var proxy = context.Proxy.Settings;
        var sans = context.TrustDomains.All.Select(domain => new StringMatcher { Prefix = $"spiffe://{domain}/" });
        ApplyFiles(common, proxy.TlsServerCertChain, proxy.TlsServerKey, proxy.TlsServerRootCert, Validation(sans));
        return new DownstreamTlsContext { CommonTlsContext = common, RequireClientCertificate = true };
    }

    /// <summary>TLS as a Gateway server or an ingress listener declares it.</summary>
    /// <param name="context">For whom.</param>
    /// <param name="settings">As declared.</param>
    /// <param name="opaque">Bytes, not HTTP, come out of the TLS of a gateway's server.</param>
    internal static DownstreamTlsContext Declared(TrafficContext context, ServerTLSSettings settings, bool opaque)
    {
        var demandsClient = settings.Mode is TlsMode.Mutual or TlsMode.IstioMutual;
        var common = new CommonTlsContext
        {
            AlpnProtocols = { opaque && settings.Mode == TlsMode.IstioMutual ? Alpn.ServerTcp : Alpn.ServerHttp },
        };
        var validatesClient = demandsClient || settings.Mode == TlsMode.OptionalMutual;
        if (settings.Mode != TlsMode.IstioMutual && Credentials(settings) is { Count: > 0 } credentials)
        {
            ApplyCredentials(common, settings, credentials);
        }
        else
        {
            ApplyDeclaredFiles(common, context, settings, validatesClient);
        }
        if (settings.Mode is TlsMode.Simple or TlsMode.Mutual or TlsMode.OptionalMutual)
        {
            ApplyParameters(common, context.Mesh.TlsDefaults, settings);
        }
        return new DownstreamTlsContext { CommonTlsContext = common, RequireClientCertificate = demandsClient };
    }

    private static List<string> Credentials(ServerTLSSettings settings)
    {
        return settings.CredentialNames.Count > 0 ? [.. settings.CredentialNames]
            : settings.CredentialName.Length > 0 ? [settings.CredentialName] : [];
    }

    private static void ApplyCredentials(CommonTlsContext common, ServerTLSSettings settings,
        List<string> credentials)
    {
        common.TlsCertificateSdsSecretConfigs.Add(credentials.Select(ConfigSources.ControlPlaneSecret));
        var validation = Validation(settings);
        if (settings.Mode is TlsMode.Mutual or TlsMode.OptionalMutual)
        {
            validation.VerifyCertificateSpki.Add(settings.VerifyCertificateSpki);
            validation.VerifyCertificateHash.Add(settings.VerifyCertificateHash);
            var authority = settings.CaCertCredentialName.Length > 0
                ? settings.CaCertCredentialName : credentials[0] + "-cacert";
            common.CombinedValidationContext = new CommonTlsContext.Types.CombinedCertificateValidationContext
            {
                DefaultValidationContext = validation,
                ValidationContextSdsSecretConfig = ConfigSources.ControlPlaneSecret(authority),
            };
        }
        else if (settings.SubjectAltNames.Count > 0)
        {
            common.ValidationContext = validation;
        }
    }

    private static void ApplyDeclaredFiles(CommonTlsContext common, TrafficContext context,
        ServerTLSSettings settings, bool validatesClient)
    {
        var validation = validatesClient ? Validation(settings) : null;
        if (validation is not null && settings.CaCrl.Length > 0)
        {
            validation.Crl = new DataSource { Filename = settings.CaCrl };
        }
        if (settings.Mode == TlsMode.IstioMutual)
        {
            var proxy = context.Proxy.Settings;
            ApplyFiles(common, proxy.TlsServerCertChain, proxy.TlsServerKey, proxy.TlsServerRootCert, validation);
            return;
        }
        if (settings.TlsCertificates.Count == 0)
        {
            ApplyFiles(common, settings.ServerCertificate, settings.PrivateKey, settings.CaCertificates, validation);
            return;
        }
        ApplyFiles(common, settings.TlsCertificates[0].ServerCertificate, settings.TlsCertificates[0].PrivateKey,
            settings.CaCertificates, validation);
        foreach (var pair in settings.TlsCertificates.Skip(1))
        {
            common.TlsCertificateSdsSecretConfigs.Add(
                ConfigSources.AgentSecret($"file-cert:{pair.ServerCertificate}~{pair.PrivateKey}"));
        }
    }

    private static void ApplyFiles(CommonTlsContext common, string certificate, string key, string authority,
        CertificateValidationContext? validation)
    {
        common.TlsCertificateSdsSecretConfigs.Add(ConfigSources.AgentSecret(
            certificate.Length > 0 && key.Length > 0 ? $"file-cert:{certificate}~{key}" : ConfigSources.DefaultSecret));
        if (validation is not null)
        {
            common.CombinedValidationContext = new CommonTlsContext.Types.CombinedCertificateValidationContext
            {
                DefaultValidationContext = validation,
                ValidationContextSdsSecretConfig = ConfigSources.AgentSecret(
                    authority.Length > 0 ? $"file-root:{authority}" : ConfigSources.RootSecret),
            };
        }
    }

    private static CertificateValidationContext Validation(ServerTLSSettings settings)
    {
        var validation = Validation(settings.SubjectAltNames.Select(name => new StringMatcher { Exact = name }));
        if (settings.InsecureSkipVerify is true)
        {
            validation.TrustChainVerification = TrustVerification.AcceptUntrusted;
        }
        return validation;
    }

    private static CertificateValidationContext Validation(IEnumerable<StringMatcher> names)
    {
        // Istio still names subjects without their type, and so must be understood by old proxies.
#pragma warning disable CS0612
        return new CertificateValidationContext { MatchSubjectAltNames = { names } };
#pragma warning restore CS0612
    }

    private static void ApplyParameters(CommonTlsContext common, MeshConfig.Types.TLSConfig? defaults,
        ServerTLSSettings settings)
    {
        var parameters = new TlsParameters
        {
            CipherSuites =
            {
                settings.CipherSuites.Count > 0 ? settings.CipherSuites.Where(CipherSuites.IsKnown).Distinct()
                    : defaults?.CipherSuites ?? [],
            },
            EcdhCurves = { defaults?.EcdhCurves ?? [] },
            TlsMinimumProtocolVersion = Translate(settings.MinProtocolVersion)
                ?? Minimum(defaults) ?? TlsProtocol.TlsAuto,
            TlsMaximumProtocolVersion = Translate(settings.MaxProtocolVersion) ?? TlsProtocol.TlsAuto,
        };
        if (!parameters.Equals(new TlsParameters()))
        {
            common.TlsParams = parameters;
        }
    }

    private static TlsProtocol? Minimum(MeshConfig.Types.TLSConfig? settings)
    {
        return settings?.MinProtocolVersion switch
        {
            MeshConfig.Types.TLSConfig.Types.TLSProtocol.Tlsv12 => TlsProtocol.Tlsv12,
            MeshConfig.Types.TLSConfig.Types.TLSProtocol.Tlsv13 => TlsProtocol.Tlsv13,
            _ => null,
        };
    }

    private static TlsProtocol? Translate(ServerTLSSettings.Types.TLSProtocol protocol)
    {
        return protocol == ServerTLSSettings.Types.TLSProtocol.TlsAuto ? null : (TlsProtocol)(int)protocol;
    }
}
