using Istio.Mesh.V1Alpha1;

namespace Lateen.Pilot.Security;

/// <summary>An external authorization service that CUSTOM policies name.</summary>
/// <param name="Provider">As the mesh's configuration declares it.</param>
/// <param name="Host">Full host name of its service.</param>
/// <param name="Cluster">Cluster of its service.</param>
internal sealed record ExternalAuthorizer(MeshConfig.Types.ExtensionProvider Provider, string Host, string Cluster);
