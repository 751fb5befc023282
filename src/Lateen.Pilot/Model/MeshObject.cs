using Google.Protobuf;

namespace Lateen.Pilot.Model;

/// <summary>
/// What generators may know of an object of the configuration. Where it was read from is left out on purpose: moving a
/// document within its file changes nothing in the mesh.
/// </summary>
public sealed record MeshObject
{
    /// <summary>Kind, namespace and name.</summary>
    public required ObjectKey Key { get; init; }

    /// <summary>For Istio's kinds the <c>spec</c>, for Kubernetes' kinds the whole object.</summary>
    public required IMessage Spec { get; init; }

    /// <summary>The <c>status</c> of a ServiceEntry (allocated addresses); null otherwise.</summary>
    public IMessage? Status { get; init; }

    /// <summary>metadata.labels.</summary>
    public Labels Labels { get; init; } = Labels.Empty;

    /// <summary>metadata.annotations.</summary>
    public Labels Annotations { get; init; } = Labels.Empty;

    /// <summary>metadata.creationTimestamp in Unix seconds; zero when unknown.</summary>
    public long CreatedAt { get; init; }

    /// <summary>Oldest first; ties by name, then namespace, as Istio breaks them.</summary>
    public static IComparer<MeshObject> OldestFirst { get; } = Comparer<MeshObject>.Create(Compare);

    /// <summary>The spec as what its kind says it is.</summary>
    public T As<T>()
        where T : class, IMessage
        => (T)Spec;

    private static int Compare(MeshObject a, MeshObject b)
    {
        var order = a.CreatedAt.CompareTo(b.CreatedAt);
        order = order != 0 ? order : string.CompareOrdinal(a.Key.Name, b.Key.Name);
        order = order != 0 ? order : string.CompareOrdinal(a.Key.Namespace, b.Key.Namespace);
        order = order != 0 ? order : string.CompareOrdinal(a.Key.Kind, b.Key.Kind);
        return order != 0 ? order : string.CompareOrdinal(a.Key.Cluster, b.Key.Cluster);
    }
}
