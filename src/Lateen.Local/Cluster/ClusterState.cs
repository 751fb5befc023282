using Lateen.Kubernetes.Objects;

namespace Lateen.Local.Cluster;

/// <summary>All objects that the platform acts on, as they are asked for now. Immutable.</summary>
internal sealed record ClusterState(
    IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> NamespaceLabels,
    IReadOnlyDictionary<ObjectName, Service> Services,
    IReadOnlyDictionary<ObjectName, IReadOnlyDictionary<string, byte[]>> ConfigMaps,
    IReadOnlyDictionary<ObjectName, IReadOnlyDictionary<string, byte[]>> Secrets,
    IReadOnlyDictionary<string, WorkloadSpec> Workloads,
    IReadOnlyList<SidecarSpec> Sidecars)
{
    public static ClusterState Empty { get; } = new(
        new Dictionary<string, IReadOnlyDictionary<string, string>>(),
        new Dictionary<ObjectName, Service>(),
        new Dictionary<ObjectName, IReadOnlyDictionary<string, byte[]>>(),
        new Dictionary<ObjectName, IReadOnlyDictionary<string, byte[]>>(),
        new Dictionary<string, WorkloadSpec>(),
        []);
}
