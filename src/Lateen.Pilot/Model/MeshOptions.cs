using Lateen.Pilot.Security;

namespace Lateen.Pilot.Model;

/// <summary>What is fixed for the life of a control plane. Istio's defaults.</summary>
public sealed record MeshOptions
{
    /// <summary>End of the full names of Kubernetes Services.</summary>
    public string DomainSuffix { get; init; } = "cluster.local";

    /// <summary>Name of the cluster that the configuration comes from.</summary>
    public string ClusterId { get; init; } = "Kubernetes";

    /// <summary>Switches of the control plane by the names of istiod's environment variables.</summary>
    public IReadOnlyDictionary<string, string> Features { get; init; } = new Dictionary<string, string>();

    /// <summary>A switch that is <c>true</c> or <c>false</c>.</summary>
    public bool IsOn(string feature, bool fallback)
        => Features.TryGetValue(feature, out var text) && bool.TryParse(text, out var value) ? value : fallback;

    /// <summary>Who fetches keys of tokens' issuers.</summary>
    public JwksMode JwksMode => Features.GetValueOrDefault("PILOT_JWT_ENABLE_REMOTE_JWKS") switch
    {
        "true" or "hybrid" => JwksMode.Hybrid,
        "envoy" => JwksMode.Proxy,
        _ => JwksMode.ControlPlane,
    };
}
