namespace Lateen.Agent.Discovery;

/// <summary>What the agent adds to the proxy's discovery stream.</summary>
public sealed record DiscoveryProxyOptions
{
    /// <summary>Cluster whose API server knows the token (ISTIO_META_CLUSTER_ID).</summary>
    public string ClusterId { get; init; } = "";

    /// <summary>More metadata (XDS_HEADER_*).</summary>
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>The agent answers DNS and wants the name table.</summary>
    public bool WantsNameTable { get; init; }

    /// <summary>The agent wants the proxy configuration with its roots; default false
    /// (PROXY_CONFIG_XDS_AGENT).</summary>
    public bool WantsProxyConfig { get; init; }
}
