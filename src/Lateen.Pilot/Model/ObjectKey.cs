namespace Lateen.Pilot.Model;

/// <summary>Names an object.</summary>
/// <param name="Kind">One of <see cref="ObjectKind"/>, or another kind.</param>
/// <param name="Namespace">Empty for cluster-wide kinds.</param>
/// <param name="Name">Unique per kind and namespace.</param>
/// <param name="Cluster">The cluster that it was read from; empty for the configuration cluster.</param>
public sealed record ObjectKey(string Kind, string Namespace, string Name, string Cluster = "")
{
    /// <inheritdoc/>
    public override string ToString()
        => Cluster.Length == 0 ? $"{Kind}/{Namespace}/{Name}" : $"{Cluster}:{Kind}/{Namespace}/{Name}";
}
