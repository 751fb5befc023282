using Lateen.Agent.Secrets;
using Lateen.Grpc;

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

    /// <summary>What every discovery stream is opened with: the token as it is now, the cluster, more
    /// headers.</summary>
    internal GrpcMetadata BuildMetadata(ControlPlaneTarget target)
    {
        var metadata = new GrpcMetadata();
        if (target.ReadToken() is { } token)
        {
            metadata.Add("authorization", $"Bearer {token}");
        }
        metadata.Add("clusterid", ClusterId);
        foreach (var (name, value) in Headers)
        {
            metadata.Add(name.ToLowerInvariant(), value);
        }
        return metadata;
    }
}
