namespace Lateen.Pilot.Model;

/// <summary>Labels and annotations with a meaning to the mesh.</summary>
public static class WellKnownLabels
{
    /// <summary>Value <c>istio</c>: the workload accepts the mesh's mutual TLS.</summary>
    public const string TlsMode = "security.istio.io/tlsMode";

    /// <summary>Network of a workload.</summary>
    public const string Network = "topology.istio.io/network";

    /// <summary>Cluster of a workload.</summary>
    public const string Cluster = "topology.istio.io/cluster";

    /// <summary>Part of a zone.</summary>
    public const string SubZone = "topology.istio.io/subzone";

    /// <summary>Region of a node.</summary>
    public const string Region = "topology.kubernetes.io/region";

    /// <summary>Zone of a node.</summary>
    public const string Zone = "topology.kubernetes.io/zone";

    /// <summary>Node of a workload.</summary>
    public const string Hostname = "kubernetes.io/hostname";

    /// <summary>Locality of a workload; dots or slashes separate its parts.</summary>
    public const string IstioLocality = "istio-locality";

    /// <summary>Name of the service that a slice belongs to.</summary>
    public const string ServiceName = "kubernetes.io/service-name";

    /// <summary>Visibility of a Kubernetes Service, comma separated.</summary>
    public const string ExportTo = "networking.istio.io/exportTo";

    /// <summary>Locality preference of a Service.</summary>
    public const string TrafficDistribution = "networking.istio.io/traffic-distribution";

    /// <summary>Identities of a Kubernetes Service's workloads, comma separated.</summary>
    public const string CanonicalServiceAccounts = "alpha.istio.io/canonical-serviceaccounts";

    /// <summary>Accounts of a Kubernetes Service's workloads, comma separated.</summary>
    public const string KubernetesServiceAccounts = "alpha.istio.io/kubernetes-serviceaccounts";

    /// <summary>Marks a service with sessions kept by cookie.</summary>
    public const string PersistentSession = "istio.io/persistent-session";

    /// <summary>Marks a service with sessions kept by header.</summary>
    public const string PersistentSessionHeader = "istio.io/persistent-session-header";

    /// <summary>Port of a network's gateway.</summary>
    public const string GatewayPort = "networking.istio.io/gatewayPort";

    /// <summary>Canonical name of a workload's service; with its fall-backs.</summary>
    public static string CanonicalName(Labels labels, string workloadName)
        => labels.Get("service.istio.io/canonical-name") ?? labels.Get("app.kubernetes.io/name")
            ?? labels.Get("app") ?? workloadName;

    /// <summary>Canonical revision of a workload's service, empty when no label tells.</summary>
    public static string CanonicalRevision(Labels labels)
        => labels.Get("service.istio.io/canonical-revision") ?? labels.Get("app.kubernetes.io/version")
            ?? labels.Get("version") ?? "";
}
