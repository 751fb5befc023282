using Lateen.Pilot.Graph;
using Lateen.Pilot.Listeners;
using Lateen.Pilot.Model;
using Lateen.Pilot.Routes;
using Lateen.Xds;
using Lateen.Xds.Server;

namespace Lateen.Pilot.Serving;

/// <summary>Listeners and routes of a group: what it sends is shared with other groups, what it serves its
/// own. Proxies that can take it get the virtual hosts of their route tables one by one.</summary>
public sealed class TrafficGenerator(TrafficQueries traffic) : IResourceGenerator
{
    // Parts are equal only with the same functions.
    private static readonly Func<XdsResource, IEnumerable<XdsResource>> _tables = static r => [RouteTable.FrameOf(r)];
    private static readonly Func<XdsResource, IEnumerable<XdsResource>> _hosts = RouteTable.HostsOf;

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
            ResourcePart.Of(TypeUrls.RouteConfiguration, traffic.RouteKeys, traffic.Routes, _tables, client), isShared);
        if (isShared && group.Settings.VirtualHostDiscovery)
        {
            yield return Shared(
                ResourcePart.Of(TypeUrls.VirtualHost, traffic.RouteKeys, traffic.Routes, _hosts, client), isShared);
        }
    }

    private static ResourcePart Shared(ResourcePart part, bool isShared) => part with { HasTemplates = isShared };
}
