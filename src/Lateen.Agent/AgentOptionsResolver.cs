using System.Net;
using System.Net.Sockets;
using Istio.Mesh.V1Alpha1;
using Lateen.Agent.Bootstrap;
using Lateen.Agent.Discovery;
using Lateen.Agent.Dns;
using Lateen.Agent.Lifecycle;
using Lateen.Agent.Secrets;
using Lateen.Core;
using Lateen.Core.Protobuf;
using Lateen.Security.Keys;
using Lateen.Security.Spiffe;

namespace Lateen.Agent;

/// <summary>Resolves flags, environment and files to the options of an agent, with pilot-agent's rules and
/// defaults.</summary>
public sealed class AgentOptionsResolver
{
    private const string DefaultBinary = "/usr/local/bin/envoy";
    private const string ProvisionedRoot = "./etc/certs/root-cert.pem";
    private const string DistributedRoot = "./var/run/secrets/istio/root-cert.pem";

    private readonly AgentFlags _flags;
    private readonly AgentEnvironment _environment;
    private readonly PodFacts _pod;
    private readonly ProxyConfig _config;

    private AgentOptionsResolver(AgentFlags flags, AgentEnvironment environment, PodFacts pod, ProxyConfig config)
    {
        _flags = flags;
        _environment = environment;
        _pod = pod;
        _config = config;
    }

    /// <summary>Resolves; relative paths are relative to the working folder.</summary>
    /// <param name="flags">The command line.</param>
    /// <param name="environment">The environment.</param>
    /// <param name="errors">What is wrong; the result counts only when this is empty.</param>
    public static AgentOptions Resolve(AgentFlags flags, AgentEnvironment environment, List<ConfigError> errors)
    {
        if (flags.Role is not ("sidecar" or "router" or "waypoint"))
        {
            errors.Add(new ConfigError(
                "", MessageReader.FormCode, $"the role {flags.Role} is not known", "Use sidecar, router or waypoint."));
        }
        var pod = PodFacts.Read("./etc/istio/pod");
        var mesh = File.Exists(flags.MeshConfigFile) ? File.ReadAllText(flags.MeshConfigFile) : null;
        var config = ProxyConfigSource.Read(
            mesh,
            environment.Variables.GetValueOrDefault("PROXY_CONFIG"),
            pod.Annotations.GetValueOrDefault(ProxyConfigSource.Annotation),
            errors);
        var cpuLimit = environment.WholeNumber("ISTIO_CPU_LIMIT", 0);
        config.Concurrency = flags.Concurrency ?? config.Concurrency ?? (cpuLimit > 0 ? cpuLimit : null);
        var options = new AgentOptionsResolver(flags, environment, pod, config).Resolve();
        CheckMountedFiles(options.Secrets, errors);
        return options;
    }

    private static void CheckMountedFiles(SecretOptions secrets, List<ConfigError> errors)
    {
        string[] files = [secrets.MountedCertificate, secrets.MountedKey, secrets.MountedRoots];
        foreach (var file in files)
        {
            if (secrets.FilesOnly && !File.Exists(file))
            {
                errors.Add(new ConfigError(
                    "",
                    MessageReader.FormCode,
                    $"FILE_MOUNTED_CERTS is set, but {file} is not there",
                    "Mount the files, or name them in ISTIO_META_TLS_CLIENT_CERT_CHAIN, _KEY and _ROOT_CERT."));
            }
        }
    }

    private bool IsMutualTls => _config.ControlPlaneAuthPolicy == AuthenticationPolicy.MutualTls;

    private string ProxyProgram => _flags.Proxy ?? (_config.BinaryPath == DefaultBinary ? "" : _config.BinaryPath);

    private string ProvisionedFolder => _environment.Text("PROV_CERT");

    private AgentOptions Resolve()
    {
        var role = ResolveRole();
        return new AgentOptions
        {
            Config = _config,
            Bootstrap = ResolveBootstrap(role),
            Environment = _environment,
            Pod = _pod,
            Secrets = ResolveSecrets(role),
            CertificateService = ResolveCertificateService(),
            CaClient = new CaClientOptions
            {
                Ttl = _environment.Duration("SECRET_TTL", TimeSpan.FromHours(24)),
                CertSigner = _environment.Text("ISTIO_META_CERT_SIGNER"),
                ClusterId = _environment.Text("ISTIO_META_CLUSTER_ID"),
                Headers = [.. _environment.WithPrefix("CA_HEADER_")],
            },
            Discovery = ResolveDiscovery(),
            DiscoveryProxy = new DiscoveryProxyOptions
            {
                ClusterId = _environment.Text("ISTIO_META_CLUSTER_ID"),
                Headers = [.. _environment.WithPrefix("XDS_HEADER_")],
                WantsNameTable = CapturesDns(role),
                WantsProxyConfig = _environment.Flag("PROXY_CONFIG_XDS_AGENT"),
            },
            Dns = CapturesDns(role) ? ResolveDns(role) : null,
            Shutdown = new ShutdownOptions
            {
                InboundOnly = role.IsSidecar,
                DrainDuration = _config.TerminationDrainDuration?.ToTimeSpan() ?? TimeSpan.FromSeconds(5),
                ExitOnZeroActiveConnections = _environment.Flag("EXIT_ON_ZERO_ACTIVE_CONNECTIONS"),
                MinimumDrainDuration = _environment.Duration("MINIMUM_DRAIN_DURATION", TimeSpan.FromSeconds(5)),
            },
            ProxyProgram = ProxyProgram,
            ProxyLogLevel = _flags.ProxyLogLevel,
            ProxyComponentLogLevel = _flags.ProxyComponentLogLevel,
            WithoutProxy = _environment.Flag("DISABLE_ENVOY"),
        };
    }

    private ProxyRole ResolveRole()
    {
        var ns = _environment.Text("POD_NAMESPACE");
        var excluded = _pod.Annotations.GetValueOrDefault("traffic.sidecar.istio.io/excludeInterfaces", "")
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return new ProxyRole(
            _flags.Role,
            ProxyAddresses.Find(_environment.Text("INSTANCE_IP"), excluded),
            _environment.Text("POD_NAME"),
            ns,
            _flags.Domain.Length > 0 ? _flags.Domain : $"{ns}.svc.cluster.local");
    }

    private BootstrapOptions ResolveBootstrap(ProxyRole role)
    {
        var discoveryHost = BootstrapClusters.SplitAddress(_config.DiscoveryAddress).Host;
        return new BootstrapOptions
        {
            Role = role,
            InstanceIps = [.. role.Addresses.Select(address => address.ToString())],
            PrometheusPort = _environment.WholeNumber("ENVOY_PROMETHEUS_PORT", 15090),
            StatusPort = _environment.WholeNumber("ENVOY_STATUS_PORT", 15021),
            PilotSubjectAltNames = IsMutualTls ? [discoveryHost] : [],
            OutlierLogPath = _flags.OutlierLogPath,
            WorkloadIdentitySocketFile = _environment.Text("WORKLOAD_IDENTITY_SOCKET_FILE", "socket"),
            DeltaDiscovery = _environment.Flag("ISTIO_DELTA_XDS", fallback: true) || _flags.Role == "waypoint",
            SkipDeprecatedLogs = _environment.Flag("ENVOY_SKIP_DEPRECATED_LOGS", fallback: true),
            ExitOnZeroActiveConnections = _environment.Flag("EXIT_ON_ZERO_ACTIVE_CONNECTIONS"),
            MetadataDiscovery = _environment.Flag("PEER_METADATA_DISCOVERY"),
            VirtualHostDiscovery = ProxyProgram.Length == 0 && _flags.Role == "sidecar",
            LogAsJson = _flags.LogAsJson,
            DualStack = _environment.Flag("ISTIO_DUAL_STACK"),
            CompliancePolicy = _environment.Text("COMPLIANCE_POLICY"),
        };
    }

    private SecretOptions ResolveSecrets(ProxyRole role)
    {
        var trustDomain = SpiffeId.NormalizeTrustDomain(_environment.Text("TRUST_DOMAIN", SpiffeId.DefaultTrustDomain));
        var account = _environment.Text("SERVICE_ACCOUNT");
        var filesOnly = _environment.Flag("FILE_MOUNTED_CERTS");
        var defaults = new SecretOptions { Identity = new SpiffeId(trustDomain, role.Namespace, account).ToString() };
        return defaults with
        {
            Key = ResolveKey(),
            GracePeriodRatio = _environment.Number("SECRET_GRACE_PERIOD_RATIO", defaults.GracePeriodRatio),
            GracePeriodJitter = _environment.Number("SECRET_GRACE_PERIOD_RATIO_JITTER", defaults.GracePeriodJitter),
            OutputFolder = _environment.Text("OUTPUT_CERTS"),
            FilesOnly = filesOnly,
            MountedCertificate = filesOnly ? Metadata("TLS_CLIENT_CERT_CHAIN", defaults.MountedCertificate)
                : defaults.MountedCertificate,
            MountedKey = filesOnly ? Metadata("TLS_CLIENT_KEY", defaults.MountedKey) : defaults.MountedKey,
            MountedRoots = filesOnly ? Metadata("TLS_CLIENT_ROOT_CERT", defaults.MountedRoots) : defaults.MountedRoots,
        };
    }

    private string Metadata(string key, string fallback) => _environment.Text(
        $"ISTIO_META_{key}",
        _config.ProxyMetadata.TryGetValue($"ISTIO_META_{key}", out var value) ? value : fallback);

    // RSA is made where its size is asked for; see decision 0160.
    private KeyOptions ResolveKey()
    {
        var algorithm = _environment.Text("ECC_SIGNATURE_ALGORITHM");
        var wantsRsa = algorithm != "ECDSA" && _environment.Variables.ContainsKey("WORKLOAD_RSA_KEY_SIZE");
        return new KeyOptions(
            wantsRsa ? KeyAlgorithm.Rsa : KeyAlgorithm.Ecdsa,
            _environment.WholeNumber("WORKLOAD_RSA_KEY_SIZE", KeyOptions.RsaBitsMin),
            _environment.Text("ECC_CURVE") == "P384" ? KeyOptions.P384 : KeyOptions.P256,
            _environment.Flag("PKCS8_KEY"));
    }

    private ControlPlaneTarget ResolveCertificateService()
    {
        var address = _environment.Text("CA_ADDR") is { Length: > 0 } own ? own : _config.DiscoveryAddress;
        var custom = _environment.Text("PILOT_CERT_PROVIDER", "istiod") == "custom";
        var root = _environment.Text("CA_ROOT_CA") is { Length: > 0 } file
            ? file
            : custom ? ProvisionedRoot : ProvisionedOr(DistributedRoot);
        return ResolveTarget(address, root) with
        {
            Plaintext = address.EndsWith(":15010", StringComparison.Ordinal),
        };
    }

    private ControlPlaneTarget ResolveDiscovery()
    {
        var root = _environment.Text("XDS_ROOT_CA") is { Length: > 0 } file ? file : ProvisionedOr(DistributedRoot);
        if (_environment.Flag("FILE_MOUNTED_CERTS"))
        {
            root = Metadata("TLS_CLIENT_ROOT_CERT", root);
        }
        return ResolveTarget(_config.DiscoveryAddress, root) with
        {
            Plaintext = !IsMutualTls || _config.DiscoveryAddress.EndsWith(":15010", StringComparison.Ordinal),
            // Configuration of a large mesh comes in one message.
            MessageBytesMax = int.MaxValue,
        };
    }

    private ControlPlaneTarget ResolveTarget(string address, string root) => new()
    {
        Address = address,
        ServerName = _environment.Text("ISTIOD_SAN"),
        RootPath = root,
        TokenPath = _environment.Text("JWT_POLICY") == "first-party-jwt"
            ? "./var/run/secrets/kubernetes.io/serviceaccount/token"
            : "./var/run/secrets/tokens/istio-token",
        ClientCertificateFolder = ProvisionedFolder,
    };

    private string ProvisionedOr(string root)
    {
        var provisioned = ProvisionedFolder.Length > 0 ? Path.Combine(ProvisionedFolder, "root-cert.pem") : "";
        if (provisioned.Length > 0 && File.Exists(provisioned))
        {
            return provisioned;
        }
        return !File.Exists(root) && File.Exists(ProvisionedRoot) ? ProvisionedRoot : root;
    }

    private bool CapturesDns(ProxyRole role) => role.IsSidecar
        ? Metadata("DNS_CAPTURE", "") == "true"
        : Metadata("ENABLE_DNS_SERVER", "") == "true";

    private DnsProxyOptions ResolveDns(ProxyRole role)
    {
        var resolver = ResolverConfig.Read("/etc/resolv.conf");
        var (host, port) = BootstrapClusters.SplitAddress(_environment.Text("DNS_PROXY_ADDR", "localhost:15053"));
        List<IPEndPoint> listen = [];
        if (IPAddress.TryParse(host, out var address))
        {
            listen.Add(new IPEndPoint(address, port));
        }
        else
        {
            // Of both loopback addresses, those whose family the machine's resolver speaks.
            var families = resolver.Servers.Select(server => server.AddressFamily).ToHashSet();
            if (families.Count == 0 || families.Contains(AddressFamily.InterNetwork))
            {
                listen.Add(new IPEndPoint(IPAddress.Loopback, port));
            }
            if (families.Contains(AddressFamily.InterNetworkV6))
            {
                listen.Add(new IPEndPoint(IPAddress.IPv6Loopback, port));
            }
        }
        return new DnsProxyOptions
        {
            Listen = listen,
            Upstream = resolver.Servers,
            SearchDomains = resolver.SearchDomains,
            Namespace = role.Namespace,
            Domain = role.DnsDomain,
            ForwardTimeout = _environment.Duration("DNS_FORWARD_TIMEOUT", TimeSpan.FromSeconds(5)),
            ForwardInParallel = _environment.Flag("DNS_FORWARD_PARALLEL"),
        };
    }
}
