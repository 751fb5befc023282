using Envoy.Config.Cluster.V3;
using Envoy.Config.Core.V3;
using Envoy.Extensions.TransportSockets.ProxyProtocol.V3;
using Envoy.Extensions.TransportSockets.RawBuffer.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Google.Protobuf.WellKnownTypes;
using Istio.Mesh.V1Alpha1;
using Lateen.Pilot.Graph;
using Lateen.Pilot.Model;
using Settings = Istio.Networking.V1Alpha3.ClientTLSSettings;
using TrafficPolicy = Istio.Networking.V1Alpha3.TrafficPolicy;

namespace Lateen.Pilot.Clusters;

/// <summary>TLS of outbound clusters: the mesh's own, automatic or asked for, and that of rules (contract
/// 10.2).</summary>
internal sealed class UpstreamTls(MeshConfig mesh, OutboundClient client)
{
    private const string TlsSocketName = "envoy.transport_sockets.tls";
    private const string ProxyProtocolSocketName = "envoy.transport_sockets.upstream_proxy_protocol";

    /// <summary>What decides the TLS settings of a cluster, beside the rule.</summary>
    /// <param name="Identities">Identities that the endpoints may have.</param>
    /// <param name="Sni">Server name of the mesh's connections.</param>
    /// <param name="MeshExternal">The service is outside of the mesh.</param>
    /// <param name="ServiceMode">What the service's workloads demand.</param>
    /// <param name="IsEntry">The service was declared by a ServiceEntry.</param>
    /// <param name="RuleHasSelector">The rule was written for chosen clients, who may hold its secrets.</param>
    public sealed record Facts(
        EquatableArray<string> Identities,
        string Sni,
        bool MeshExternal,
        MutualTlsMode ServiceMode,
        bool IsEntry,
        bool RuleHasSelector);

    public void Apply(Cluster cluster, HttpOptions http, Settings? asked, Facts facts)
    {
        var (settings, isAutomatic) = Effective(asked, facts);
        if (settings is null || Context(cluster, http, settings, facts) is not { } context)
        {
            return;
        }
        var socket = new TransportSocket { Name = TlsSocketName, TypedConfig = Any.Pack(context) };
        var isMesh = settings.Mode == Settings.Types.TLSmode.IstioMutual;
        if (isMesh && isAutomatic && cluster.Type != Cluster.Types.DiscoveryType.OriginalDst)
        {
            // Whether an endpoint speaks the mesh's TLS is told by its metadata.
            cluster.TransportSocketMatches.Add(new Cluster.Types.TransportSocketMatch
            {
                Name = "tlsMode-istio",
                Match = new Struct { Fields = { ["tlsMode"] = Value.ForString("istio") } },
                TransportSocket = socket,
            });
            cluster.TransportSocketMatches.Add(new Cluster.Types.TransportSocketMatch
            {
                Name = "tlsMode-disabled",
                Match = new Struct(),
                TransportSocket = RawBuffer(),
            });
            return;
        }
        cluster.TransportSocket = socket;
    }

    public static void ApplyProxyProtocol(Cluster cluster, TrafficPolicy.Types.ProxyProtocol? rule)
    {
        if (rule is null)
        {
            return;
        }
        if (cluster.TransportSocket is null && cluster.TransportSocketMatches.Count == 0)
        {
            cluster.TransportSocket = Wrap(RawBuffer(), rule);
            return;
        }
        cluster.TransportSocket = cluster.TransportSocket is null ? null : Wrap(cluster.TransportSocket, rule);
        foreach (var match in cluster.TransportSocketMatches)
        {
            match.TransportSocket = Wrap(match.TransportSocket, rule);
        }
    }

    private static TransportSocket RawBuffer() => new()
    {
        Name = "envoy.transport_sockets.raw_buffer",
        TypedConfig = Any.Pack(new RawBuffer()),
    };

    private static TransportSocket Wrap(TransportSocket inner, TrafficPolicy.Types.ProxyProtocol rule) => new()
    {
        Name = ProxyProtocolSocketName,
        TypedConfig = Any.Pack(new ProxyProtocolUpstreamTransport
        {
            Config = new ProxyProtocolConfig { Version = (ProxyProtocolConfig.Types.Version)(int)rule.Version },
            TransportSocket = inner,
        }),
    };

    /// <summary>The rule's settings where it has any, else the mesh's if that is automatic; null for none.</summary>
    private (Settings? Settings, bool IsAutomatic) Effective(Settings? asked, Facts facts)
    {
        if (asked is null)
        {
            var off = facts.MeshExternal || mesh.EnableAutoMtls == false
                || facts.ServiceMode is MutualTlsMode.Unknown or MutualTlsMode.Disable;
            return off ? (null, false) : (Mesh(facts.Identities, facts.Sni, null), true);
        }
        if (asked.Mode is Settings.Types.TLSmode.Disable or Settings.Types.TLSmode.Simple)
        {
            return (asked, false);
        }
        if (client.CertificateFiles is not null)
        {
            return facts.MeshExternal ? (asked, false)
                : (Mesh(asked.SubjectAltNames, asked.Sni, asked.InsecureSkipVerify), false);
        }
        if (asked.Mode != Settings.Types.TLSmode.IstioMutual)
        {
            return (asked, false);
        }
        var names = asked.SubjectAltNames.Count > 0 ? asked.SubjectAltNames : (IEnumerable<string>)facts.Identities;
        return (Mesh(names, asked.Sni.Length > 0 ? asked.Sni : facts.Sni, asked.InsecureSkipVerify), false);
    }

    private Settings Mesh(IEnumerable<string> names, string sni, bool? insecure)
    {
        var settings =
            new Settings { Mode = Settings.Types.TLSmode.IstioMutual, Sni = sni, InsecureSkipVerify = insecure };
        if (client.CertificateFiles is { } files)
        {
            settings.Mode = Settings.Types.TLSmode.Mutual;
            settings.CaCertificates = files.Root;
            settings.ClientCertificate = files.Chain;
            settings.PrivateKey = files.Key;
        }
        settings.SubjectAltNames.AddRange(names);
        return settings;
    }

    private UpstreamTlsContext? Context(Cluster cluster, HttpOptions http, Settings settings, Facts facts)
    {
        // A sidecar gets a secret's name only from a rule that was written for it: others could not read the secret and
        // would wait for it.
        var isSecret = settings.CredentialName.Length > 0
            && !settings.CredentialName.StartsWith("configmap://", StringComparison.Ordinal);
        if (isSecret && client.Type == ProxyType.Sidecar && !facts.RuleHasSelector
            && settings.Mode is Settings.Types.TLSmode.Simple or Settings.Types.TLSmode.Mutual)
        {
            return null;
        }
        return settings.Mode switch
        {
            Settings.Types.TLSmode.IstioMutual => MeshContext(cluster, http, settings),
            Settings.Types.TLSmode.Simple or Settings.Types.TLSmode.Mutual =>
                OriginContext(cluster, http, settings, facts),
            _ => null,
        };
    }

    private UpstreamTlsContext MeshContext(Cluster cluster, HttpOptions http, Settings settings)
    {
        var common = NewCommonContext();
        if (client.MetadataExchange)
        {
            common.AlpnProtocols.Add("istio-peer-exchange");
        }
        common.AlpnProtocols.Add("istio");
        if (http.IsHttp2)
        {
            common.AlpnProtocols.Add("h2");
        }
        common.TlsCertificateSdsSecretConfigs.Add(SecretConfigs.FromAgent(SecretConfigs.WorkloadCertificate));
        common.CombinedValidationContext = new CommonTlsContext.Types.CombinedCertificateValidationContext
        {
            DefaultValidationContext = Validation(settings.SubjectAltNames),
            ValidationContextSdsSecretConfig = SecretConfigs.FromAgent(SecretConfigs.MeshRoot),
        };
        var isDynamic = cluster.ClusterType is not null;
        if (isDynamic)
        {
            ApplyAutoSni(cluster, http, settings);
        }
        return new UpstreamTlsContext
        {
            CommonTlsContext = common,
            Sni = settings.Sni.Length > 0 || isDynamic ? settings.Sni : cluster.Name,
        };
    }

    private UpstreamTlsContext OriginContext(Cluster cluster, HttpOptions http, Settings settings, Facts facts)
    {
        var common = NewCommonContext();
        var insecure = settings.InsecureSkipVerify == true;
        ApplyAutoSni(cluster, http, settings);
        var names = facts.IsEntry && settings.SubjectAltNames.Count == 0
            ? facts.Identities.Items : [.. settings.SubjectAltNames];
        var validation = Validation(names);
        if (settings.CredentialName.Length > 0)
        {
            if (settings.Mode == Settings.Types.TLSmode.Mutual)
            {
                common.TlsCertificateSdsSecretConfigs.Add(SecretConfigs.FromControlPlane(settings.CredentialName));
            }
            if (!insecure)
            {
                common.CombinedValidationContext = new CommonTlsContext.Types.CombinedCertificateValidationContext
                {
                    DefaultValidationContext = validation,
                    ValidationContextSdsSecretConfig =
                        SecretConfigs.FromControlPlane($"{settings.CredentialName}-cacert"),
                };
            }
        }
        else
        {
            UseFiles(common, settings, validation, insecure);
        }
        if (mesh.TlsDefaults is { } defaults)
        {
            common.TlsParams.EcdhCurves.AddRange(defaults.EcdhCurves);
            common.TlsParams.CipherSuites.AddRange(defaults.CipherSuites);
        }
        if (http.IsHttp2)
        {
            common.AlpnProtocols.Add("h2");
        }
        return new UpstreamTlsContext { CommonTlsContext = common, Sni = settings.Sni };
    }

    private static void UseFiles(
        CommonTlsContext common, Settings settings, CertificateValidationContext validation, bool insecure)
    {
        if (settings.Mode == Settings.Types.TLSmode.Mutual)
        {
            if (settings.ClientCertificate.Length == 0 || settings.PrivateKey.Length == 0)
            {
                throw new InvalidOperationException(
                    "mutual TLS needs clientCertificate and privateKey, or credentialName");
            }
            common.TlsCertificateSdsSecretConfigs.Add(
                SecretConfigs.FromAgentFile($"file-cert:{settings.ClientCertificate}~{settings.PrivateKey}"));
        }
        if (insecure)
        {
            common.ValidationContext = new CertificateValidationContext();
            return;
        }
        if (settings.CaCrl.Length > 0)
        {
            validation.Crl = new DataSource { Filename = settings.CaCrl };
        }
        var root = settings.CaCertificates.Length > 0 ? settings.CaCertificates : "system";
        common.CombinedValidationContext = new CommonTlsContext.Types.CombinedCertificateValidationContext
        {
            DefaultValidationContext = validation,
            ValidationContextSdsSecretConfig = SecretConfigs.FromAgentFile($"file-root:{root}"),
        };
    }

    /// <summary>Without a server name the request's host serves, and is verified unless names were given.</summary>
    private static void ApplyAutoSni(Cluster cluster, HttpOptions http, Settings settings)
    {
        var isDynamic = cluster.ClusterType is not null;
        var insecure = settings.InsecureSkipVerify == true;
        var autoSni = settings.Sni.Length == 0;
        var autoValidation = !insecure && (isDynamic || (autoSni && settings.SubjectAltNames.Count == 0));
        if (isDynamic && (insecure || !autoSni || !autoValidation))
        {
            DynamicForwardProxies.AllowInsecure(cluster);
        }
        if (autoSni || autoValidation)
        {
            var options = http.Options.UpstreamHttpProtocolOptions ??= new UpstreamHttpProtocolOptions();
            options.AutoSni = autoSni;
            options.AutoSanValidation = autoValidation;
        }
    }

    private static CommonTlsContext NewCommonContext() => new()
    {
        TlsParams = new TlsParameters
        {
            TlsMinimumProtocolVersion = TlsParameters.Types.TlsProtocol.Tlsv12,
            TlsMaximumProtocolVersion = TlsParameters.Types.TlsProtocol.Tlsv13,
        },
    };

    private static CertificateValidationContext Validation(IEnumerable<string> names)
    {
        var context = new CertificateValidationContext();
#pragma warning disable CS0612 // Istio sends the older field, which every Envoy of its support window reads.
        context.MatchSubjectAltNames.AddRange(names.Select(n => new Envoy.Type.Matcher.V3.StringMatcher { Exact = n }));
#pragma warning restore CS0612
        return context;
    }
}
