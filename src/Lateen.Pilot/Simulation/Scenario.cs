using Istio.Mesh.V1Alpha1;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Simulation;

/// <summary>A mesh, the proxies that ask for configuration, and calls between them: the input of a
/// simulation.</summary>
public sealed record Scenario
{
    /// <summary>Configuration of the mesh with defaults filled in.</summary>
    public required MeshConfig Mesh { get; init; }

    /// <summary>Networks of the mesh; null without any.</summary>
    public MeshNetworks? Networks { get; init; }

    /// <summary>Switches of the control plane by the names of istiod's environment variables.</summary>
    public required IReadOnlyDictionary<string, string> Features { get; init; }

    /// <summary>Objects of all clusters.</summary>
    public required IReadOnlyList<MeshObject> Objects { get; init; }

    /// <summary>Who asks.</summary>
    public required IReadOnlyList<ScenarioProxy> Proxies { get; init; }

    /// <summary>Described calls.</summary>
    public required IReadOnlyList<Call> Calls { get; init; }
}
