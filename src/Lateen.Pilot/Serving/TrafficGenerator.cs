using Lateen.Pilot.Graph;
using Lateen.Pilot.Listeners;
using Lateen.Pilot.Model;
using Lateen.Xds;

namespace Lateen.Pilot.Serving;

/// <summary>Listeners and routes of a group: what it sends is shared with other groups, what it serves its
/// own.</summary>
public sealed class TrafficGenerator(TrafficQueries traffic) : IResourceGenerator
{
    /// <inheritdoc/>
    public IEnumerable<ResourcePart> PartsOf(QueryContext context, ProxyGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        yield return ResourcePart.Of(
            TypeUrls.Listener, traffic.OutboundResources, TrafficQueries.AsTracedClient(group));
        if (group.Type == ProxyType.Sidecar)
        {
            yield return ResourcePart.Of(TypeUrls.Listener, traffic.InboundResources, group);
        }
        yield return ResourcePart.Of(TypeUrls.RouteConfiguration, traffic.RouteResources, group.AsClient());
    }
}
