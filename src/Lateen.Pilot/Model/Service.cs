using Lateen.Pilot.Graph;

namespace Lateen.Pilot.Model;

/// <summary>A service of the mesh, without its endpoints: they change far more often and have a path of their
/// own.</summary>
public sealed record Service
{
    /// <summary>Full host name, or a wildcard.</summary>
    public required string Hostname { get; init; }

    /// <summary>Namespace of the object that declares it.</summary>
    public required string Namespace { get; init; }

    /// <summary>Name of the object that declares it; for a ServiceEntry its host.</summary>
    public required string Name { get; init; }

    /// <summary>Kind of the object that declares it.</summary>
    public required ServiceRegistry Registry { get; init; }

    /// <summary>How endpoints are found.</summary>
    public required Resolution Resolution { get; init; }

    /// <summary>In the order of declaration.</summary>
    public required EquatableArray<ServicePort> Ports { get; init; }

    /// <summary>Virtual addresses or CIDRs, as declared; empty means any address.</summary>
    public EquatableArray<string> Addresses { get; init; }

    /// <summary>Virtual addresses allocated by the mesh for a service without declared ones.</summary>
    public EquatableArray<string> AutoAllocatedAddresses { get; init; }

    /// <summary>Addresses at which the service is reached from outside the cluster.</summary>
    public EquatableArray<string> ExternalAddresses { get; init; }

    /// <summary>Outside the mesh: no mutual TLS.</summary>
    public bool MeshExternal { get; init; }

    /// <summary>Namespaces that may see it, as declared; empty means the mesh's default.</summary>
    public EquatableArray<string> ExportTo { get; init; }

    /// <summary>Identities that its endpoints may have besides their own.</summary>
    public EquatableArray<string> SubjectAltNames { get; init; }

    /// <summary>Labels of the declaring object.</summary>
    public Labels Labels { get; init; } = Labels.Empty;

    /// <summary>Labels of the workloads behind it; null when it selects none.</summary>
    public Labels? Selector { get; init; }

    /// <summary>Unix seconds; older ones win conflicts.</summary>
    public long CreatedAt { get; init; }

    /// <summary>A Kubernetes Service with <c>clusterIP: None</c>.</summary>
    public bool Headless { get; init; }

    /// <summary>The outside name of an alias; empty otherwise.</summary>
    public string ExternalName { get; init; } = "";

    /// <summary>Endpoints are used although they are not ready.</summary>
    public bool PublishNotReadyAddresses { get; init; }

    /// <summary>Traffic distribution: PreferSameZone, PreferSameNode, or empty for none.</summary>
    public string TrafficDistribution { get; init; } = "";

    /// <summary>Endpoints near the client are preferred because the platform says so, without outlier
    /// detection.</summary>
    public bool HasTrafficDistribution => TrafficDistribution.Length > 0;

    /// <summary>Traffic from within the cluster stays on its node.</summary>
    public bool NodeLocal { get; init; }

    /// <summary>Requests stick to a workload by cookie or header, so that draining endpoints must still be
    /// known.</summary>
    public bool PersistentSessions { get; init; }

    /// <summary>Kubernetes type: ClusterIP, NodePort, LoadBalancer, ExternalName; empty for a ServiceEntry.</summary>
    public string KubernetesType { get; init; } = "";

    /// <summary>Host and namespace.</summary>
    public ServiceKey Key => new(Hostname, Namespace);

    /// <summary>The port of this number, or null.</summary>
    public ServicePort? PortOf(int number)
    {
        foreach (var port in Ports)
        {
            if (port.Number == number)
            {
                return port;
            }
        }
        return null;
    }
}
