namespace Lateen.Injector;

/// <summary>The installation's values that injection depends on. Defaults are the chart's.</summary>
public sealed record InjectorOptions
{
    /// <summary>Policy of namespaces that are selected: inject unless a pod says otherwise. Default true.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Image of istio-init and istio-proxy.</summary>
    public string ProxyImage { get; init; } = "registry.istio.io/testing/proxyv2:latest";

    /// <summary>Namespace of the control plane. Default istio-system.</summary>
    public string SystemNamespace { get; init; } = "istio-system";

    /// <summary>Revision of this control plane. Default <c>default</c>.</summary>
    public string Revision { get; init; } = "default";

    /// <summary>DNS suffix of services. Default cluster.local.</summary>
    public string ClusterDomain { get; init; } = "cluster.local";

    /// <summary>Trust domain of identities. Default cluster.local.</summary>
    public string TrustDomain { get; init; } = "cluster.local";

    /// <summary>Mesh id; empty means the trust domain.</summary>
    public string MeshId { get; init; } = "";

    /// <summary>Default Kubernetes.</summary>
    public string ClusterId { get; init; } = "Kubernetes";

    /// <summary>Network of all pods; empty means none is told.</summary>
    public string Network { get; init; } = "";

    /// <summary>Address of the CA. Default: istiod's service.</summary>
    public string CaAddress { get; init; } = "";

    /// <summary>The mesh's default ProxyConfig as far as it differs from the built-in one, JSON.</summary>
    public string ProxyConfig { get; init; } = "{}";

    /// <summary>Environment of proxies (ProxyConfig.proxyMetadata).</summary>
    public IReadOnlyDictionary<string, string> ProxyMetadata { get; init; } = new Dictionary<string, string>();

    /// <summary>REDIRECT, TPROXY or NONE.</summary>
    public string InterceptionMode { get; init; } = "REDIRECT";

    /// <summary>Outbound ranges to capture. Default all.</summary>
    public string IncludeOutboundIpRanges { get; init; } = "*";

    /// <summary>Outbound ranges left alone.</summary>
    public string ExcludeOutboundIpRanges { get; init; } = "";

    /// <summary>Inbound ports to capture. Default all.</summary>
    public string IncludeInboundPorts { get; init; } = "*";

    /// <summary>Inbound ports left alone.</summary>
    public string ExcludeInboundPorts { get; init; } = "";

    /// <summary>Outbound ports captured whatever the address.</summary>
    public string IncludeOutboundPorts { get; init; } = "";

    /// <summary>Outbound ports left alone.</summary>
    public string ExcludeOutboundPorts { get; init; } = "";

    /// <summary>Port of the agent's status server. Default 15020; zero removes probes.</summary>
    public int StatusPort { get; init; } = 15020;

    /// <summary>Whether applications' probes go through the agent. Default true.</summary>
    public bool RewriteAppProbes { get; init; } = true;

    /// <summary>Whether the agent answers for the application's metrics too. Default true.</summary>
    public bool MergePrometheus { get; init; } = true;

    /// <summary>Whether the proxy is an init container that stays (native sidecar). Default false.</summary>
    public bool NativeSidecars { get; init; }

    /// <summary>Whether a CNI plugin sets up capture, so that the init container only checks it. Default
    /// false.</summary>
    public bool Cni { get; init; }
}
