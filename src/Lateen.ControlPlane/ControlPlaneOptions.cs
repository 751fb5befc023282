using System.Net;
using Lateen.Pilot.Serving;

namespace Lateen.ControlPlane;

/// <summary>What a control plane is told at its start. Defaults are istiod's.</summary>
public sealed record ControlPlaneOptions
{
    /// <summary>Folder of YAML that holds the configuration; watched.</summary>
    public required string ConfigFolder { get; init; }

    /// <summary>Folder that keeps the mesh's root certificate and the key of join tokens over restarts.</summary>
    public required string StateFolder { get; init; }

    /// <summary>Folder of a plugged-in authority; used when it holds one (ROOT_CA_DIR).</summary>
    public string PluggedInFolder { get; init; } = "./etc/cacerts";

    /// <summary>xDS and certificates in plaintext; null for no listener. Default port 15010.</summary>
    public IPEndPoint? GrpcAddress { get; init; } = new(IPAddress.Any, 15010);

    /// <summary>xDS and certificates over TLS; null for no listener. Default port 15012.</summary>
    public IPEndPoint? SecureGrpcAddress { get; init; } = new(IPAddress.Any, 15012);

    /// <summary>Readiness and status pages; null for no listener. Default port 8080.</summary>
    public IPEndPoint? HttpAddress { get; init; } = new(IPAddress.Any, 8080);

    /// <summary>Metrics and version; null for no listener. Default port 15014.</summary>
    public IPEndPoint? MonitoringAddress { get; init; } = new(IPAddress.Any, 15014);

    /// <summary>Namespace of the control plane itself.</summary>
    public string Namespace { get; init; } = "istio-system";

    /// <summary>End of the names of Kubernetes Services.</summary>
    public string DomainSuffix { get; init; } = "cluster.local";

    /// <summary>Name of the cluster.</summary>
    public string ClusterId { get; init; } = "Kubernetes";

    /// <summary>Further names for the serving certificate, besides the usual ones of istiod.</summary>
    public IReadOnlyList<string> ServerNames { get; init; } = [];

    /// <summary>How changes are gathered.</summary>
    public DebounceOptions Debounce { get; init; } = new();

    /// <summary>How long the folder must be quiet before changed files are read. Default 10 ms.</summary>
    public TimeSpan FolderQuiet { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>A peer that is known must be what its node says it is (PILOT_ENABLE_XDS_IDENTITY_CHECK). Default
    /// on.</summary>
    public bool ChecksIdentity { get; init; } = true;

    /// <summary>Switches by istiod's names.</summary>
    public IReadOnlyDictionary<string, string> Features { get; init; } = new Dictionary<string, string>();

    /// <summary>Version to tell.</summary>
    public string Version { get; init; } = "unknown";
}
