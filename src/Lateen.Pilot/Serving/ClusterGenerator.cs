using Lateen.Pilot.Clusters;
using Lateen.Pilot.Endpoints;
using Lateen.Pilot.Graph;
using Lateen.Pilot.Model;
using Lateen.Xds;

namespace Lateen.Pilot.Serving;

/// <summary>Clusters and endpoints of a group: outbound ones shared, inbound ones its own.</summary>
public sealed class ClusterGenerator(ClusterQueries clusters) : IResourceGenerator
{
    /// <inheritdoc/>
    public IEnumerable<ResourcePart> PartsOf(QueryContext context, ProxyGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        var set = clusters.SetOf(context, group);
        yield return ResourcePart.Of(
            TypeUrls.Cluster, clusters.Keys, clusters.OfPort,
            static found => found.Items.Select(cluster => cluster.Resource), set);
        if (group.Type == ProxyType.Sidecar)
        {
            yield return ResourcePart.Of(TypeUrls.Cluster, clusters.InboundQuery, group);
        }
        yield return ResourcePart.Of(
            TypeUrls.ClusterLoadAssignment, clusters.EndpointKeys, clusters.EndpointsOfPort,
            static found => found.Items, (set, EndpointView.Of(group)));
    }
}
