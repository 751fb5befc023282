namespace Lateen.Pilot.Model;

/// <summary>What node metadata says that changes what a proxy gets (contract 4.1).</summary>
public sealed record ProxySettings
{
    /// <summary>Nothing special.</summary>
    public static ProxySettings Default { get; } = new();

    /// <summary>MESH_ID; stands in traces.</summary>
    public string MeshId { get; init; } = "";

    /// <summary>INTERCEPTION_MODE.</summary>
    public InterceptionMode InterceptionMode { get; init; }

    /// <summary>HTTP_PROXY_PORT; zero when absent.</summary>
    public int HttpProxyPort { get; init; }

    /// <summary>IDLE_TIMEOUT as given; empty when absent.</summary>
    public string IdleTimeout { get; init; } = "";

    /// <summary>HTTP10.</summary>
    public bool Http10 { get; init; }

    /// <summary>DNS_CAPTURE: the agent wants a name table.</summary>
    public bool DnsCapture { get; init; }

    /// <summary>ROUTER_MODE is <c>sni-dnat</c>.</summary>
    public bool SniDnat { get; init; }

    /// <summary>UNPRIVILEGED_POD: ports below 1024 cannot be bound.</summary>
    public bool UnprivilegedPod { get; init; }

    /// <summary>GENERATOR; empty for an Envoy, <c>grpc</c> for a proxyless client.</summary>
    public string Generator { get; init; } = "";

    /// <summary>REQUESTED_NETWORK_VIEW as given, comma separated; empty for all networks.</summary>
    public string NetworkView { get; init; } = "";

    /// <summary>TLS_CLIENT_CERT_CHAIN.</summary>
    public string TlsClientCertChain { get; init; } = "";

    /// <summary>TLS_CLIENT_KEY.</summary>
    public string TlsClientKey { get; init; } = "";

    /// <summary>TLS_CLIENT_ROOT_CERT.</summary>
    public string TlsClientRootCert { get; init; } = "";

    /// <summary>TLS_SERVER_CERT_CHAIN.</summary>
    public string TlsServerCertChain { get; init; } = "";

    /// <summary>TLS_SERVER_KEY.</summary>
    public string TlsServerKey { get; init; } = "";

    /// <summary>TLS_SERVER_ROOT_CERT.</summary>
    public string TlsServerRootCert { get; init; } = "";

    /// <summary>PROXY_CONFIG as JSON text; empty when absent.</summary>
    public string ProxyConfigJson { get; init; } = "";

    /// <summary>Istio's extensions that the proxy has.</summary>
    public IstioFilters Filters { get; init; } = IstioFilters.All;

    /// <summary>The proxy takes single virtual hosts (virtual-host discovery).</summary>
    public bool VirtualHostDiscovery { get; init; }
}
