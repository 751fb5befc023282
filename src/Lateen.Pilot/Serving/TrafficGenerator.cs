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
        var client = traffic.ClientOf(context, group);
        var isShared = group.Type == ProxyType.Sidecar;
        yield return Shared(ResourcePart.Of(TypeUrls.Listener, traffic.OutboundResources, client), isShared);
        if (isShared)
        {
            yield return ResourcePart.Of(TypeUrls.Listener, traffic.InboundResources, group);
        }
        yield return Shared(
            ResourcePart.Of(
                TypeUrls.RouteConfiguration, traffic.RouteKeys, traffic.Routes, static route => [route], client),
            isShared);
    }

    private static ResourcePart Shared(ResourcePart part, bool isShared) => part with { HasTemplates = isShared };
}
