namespace Lateen.Agent.Bootstrap;

/// <summary>What the bootstrap depends on besides the ProxyConfig and the pod.</summary>
public sealed record BootstrapOptions
{
    /// <summary>Which proxy it is.</summary>
    public required ProxyRole Role { get; init; }

    /// <summary>Id of the node; null, the default, takes it from the role.</summary>
    public string? NodeId { get; init; }

    /// <summary>Addresses as the metadata tells them; default those of the role.</summary>
    public IReadOnlyList<string> InstanceIps { get; init; } = [];

    /// <summary>Port of the proxy's Prometheus listener; default 15090 (ENVOY_PROMETHEUS_PORT).</summary>
    public int PrometheusPort { get; init; } = 15090;

    /// <summary>Port of the proxy's readiness listener; default 15021 (ENVOY_STATUS_PORT).</summary>
    public int StatusPort { get; init; } = 15021;

    /// <summary>Names that the control plane's certificate must have.</summary>
    public IReadOnlyList<string> PilotSubjectAltNames { get; init; } = [];

    /// <summary>Where outlier ejections are logged; empty, the default, nowhere.</summary>
    public string OutlierLogPath { get; init; } = "";

    /// <summary>File name of the secret socket; default <c>socket</c> (WORKLOAD_IDENTITY_SOCKET_FILE).</summary>
    public string WorkloadIdentitySocketFile { get; init; } = "socket";

    /// <summary>Folder of the secret socket; default <c>./var/run/secrets/workload-spiffe-uds</c>.</summary>
    public string SecretSocketFolder { get; init; } = "./var/run/secrets/workload-spiffe-uds";

    /// <summary>Path of the secret socket.</summary>
    public string SecretSocketPath => $"{SecretSocketFolder}/{WorkloadIdentitySocketFile}";

    /// <summary>Path of the discovery socket; default <c>./etc/istio/proxy/XDS</c>.</summary>
    public string DiscoverySocketPath { get; init; } = "./etc/istio/proxy/XDS";

    /// <summary>Version of Istio that the proxy stands for.</summary>
    public string Version { get; init; } = "1.32.0";

    /// <summary>Incremental discovery; default true (ISTIO_DELTA_XDS).</summary>
    public bool DeltaDiscovery { get; init; } = true;

    /// <summary>The proxy keeps quiet about deprecated fields; default true (ENVOY_SKIP_DEPRECATED_LOGS).</summary>
    public bool SkipDeprecatedLogs { get; init; } = true;

    /// <summary>The agent waits for open connections when it ends; default false
    /// (EXIT_ON_ZERO_ACTIVE_CONNECTIONS).</summary>
    public bool ExitOnZeroActiveConnections { get; init; }

    /// <summary>Peers' metadata is discovered by address; default false (PEER_METADATA_DISCOVERY).</summary>
    public bool MetadataDiscovery { get; init; }

    /// <summary>The proxy takes virtual hosts one by one, which our control plane sends to those whose metadata says
    /// so; default false. Metadata of the same name (ISTIO_META_LATEEN_VHDS) goes first.</summary>
    public bool VirtualHostDiscovery { get; init; }

    /// <summary>Log lines as JSON; default false (flag log_as_json).</summary>
    public bool LogAsJson { get; init; }

    /// <summary>Listens on both address families; default false (ISTIO_DUAL_STACK).</summary>
    public bool DualStack { get; init; }

    /// <summary>Empty, <c>fips-140-2</c>, <c>fips-140-3</c> or <c>pqc</c> (COMPLIANCE_POLICY).</summary>
    public string CompliancePolicy { get; init; } = "";
}
