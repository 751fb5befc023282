using System.Text.Json.Nodes;

namespace Lateen.Local.Cluster;

/// <summary>What makes pods: a Deployment and its like, or a pod that stands alone.</summary>
/// <param name="ApiVersion">Of the object.</param>
/// <param name="Kind">Deployment, StatefulSet, DaemonSet, ReplicaSet, Job or Pod.</param>
/// <param name="Id">Its name.</param>
/// <param name="Replicas">How many pods it wants.</param>
/// <param name="Template">The pod's metadata and spec as written.</param>
/// <param name="Hash">Changes whenever the pods must be made anew.</param>
internal sealed record WorkloadSpec(
    string ApiVersion, string Kind, ObjectName Id, int Replicas, JsonObject Template, string Hash)
{
    public string Key => $"{Kind} {Id}";
}
