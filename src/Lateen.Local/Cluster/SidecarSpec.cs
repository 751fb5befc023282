using System.Text.Json.Nodes;

namespace Lateen.Local.Cluster;

/// <summary>A Sidecar of the user's.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Spec">As written.</param>
internal sealed record SidecarSpec(ObjectName Id, JsonObject Spec);
