using Lateen.Pilot.Clusters;
using Lateen.Pilot.Listeners;
using Lateen.Pilot.Model;
using Lateen.Pilot.Names;
using Lateen.Pilot.Secrets;
using Lateen.Pilot.Serving;

namespace Lateen.ControlPlane;

/// <summary>Everything that makes resources, over one model.</summary>
internal static class Generators
{
    public static IReadOnlyList<IResourceGenerator> All(MeshModel model)
    {
        return
        [
            new ClusterGenerator(new ClusterQueries(model)),
            new TrafficGenerator(new TrafficQueries(model)),
            new NameTables(model),
            new GatewaySecrets(model),
        ];
    }
}
