using Envoy.Config.Listener.V3;
using Envoy.Config.Route.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Lateen.Pilot.Graph;
using Lateen.Pilot.Model;
using Lateen.Pilot.Routes;
using Lateen.Xds;
using Lateen.Xds.Server;

namespace Lateen.Pilot.Listeners;

/// <summary>
/// Listeners and routes as queries: what a group of proxies gets, computed once for all of them. What a proxy sends
/// does not depend on what it serves, so the outbound half is shared by groups that differ only in that.
/// </summary>
public sealed class TrafficQueries
{
    private readonly Query<ProxyGroup, EquatableArray<Listener>> _outbound;
    private readonly Query<ProxyGroup, EquatableArray<Listener>> _inbound;
    private readonly Query<(ProxyGroup Group, string Name), RouteConfiguration> _route;
    private readonly Query<(ProxyGroup Group, string Name), XdsResource> _routeResource;
    private readonly Query<ProxyGroup, EquatableArray<string>> _routeNames;

    /// <summary>Makes the queries in the model's graph.</summary>
    public TrafficQueries(MeshModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var contexts = new TrafficContexts(model);
        var graph = model.Graph;
        _outbound = graph.CreateQuery<ProxyGroup, EquatableArray<Listener>>("outboundListeners",
            (context, group) => [.. ListenerGenerator.Outbound(contexts.Of(context, group))]);
        _inbound = graph.CreateQuery<ProxyGroup, EquatableArray<Listener>>("inboundListeners",
            (context, group) => [.. ListenerGenerator.Inbound(contexts.Of(context, group))]);
        _route = graph.CreateQuery<(ProxyGroup Group, string Name), RouteConfiguration>("routeConfiguration",
            (context, key) => RouteGenerator.Generate(contexts.Of(context, key.Group), key.Name));
        _routeNames = graph.CreateQuery<ProxyGroup, EquatableArray<string>>("routeNames",
            (context, group) => [.. _outbound.Get(context, group).Items.SelectMany(RouteNamesOf)
                .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]);
        _routeResource = graph.CreateQuery<(ProxyGroup Group, string Name), XdsResource>("routeResource",
            (context, key) => XdsResource.Create(TypeUrls.RouteConfiguration, key.Name, _route.Get(context, key)));
        OutboundResources = graph.CreateQuery<ProxyGroup, ResourceList>("outboundListenerSet",
            (context, group) => Encode(_outbound.Get(context, group)));
        InboundResources = graph.CreateQuery<ProxyGroup, ResourceList>("inboundListenerSet",
            (context, group) => Encode(_inbound.Get(context, group)));
        RouteResources = graph.CreateQuery<ProxyGroup, ResourceList>("routeSet", EncodeRoutes);
    }

    /// <summary>Encoded listeners for what a proxy sends, by traced client.</summary>
    internal Query<ProxyGroup, ResourceList> OutboundResources { get; }

    /// <summary>Encoded listeners for what a proxy serves, by group.</summary>
    internal Query<ProxyGroup, ResourceList> InboundResources { get; }

    /// <summary>Encoded route configurations, by client.</summary>
    internal Query<ProxyGroup, ResourceList> RouteResources { get; }

    /// <summary>All listeners of a group; names are unique.</summary>
    public EquatableArray<Listener> Listeners(QueryContext context, ProxyGroup group)
    {
        return [.. _outbound.Get(context, AsTracedClient(group)).Items, .. _inbound.Get(context, group).Items];
    }

    /// <summary>Names of the route configurations that the group's listeners ask for, sorted.</summary>
    public EquatableArray<string> RouteNames(QueryContext context, ProxyGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        return _routeNames.Get(context, group.AsClient());
    }

    /// <summary>The route configuration of a name; one without virtual hosts when the name stands for
    /// nothing.</summary>
    public RouteConfiguration Route(QueryContext context, ProxyGroup group, string name)
    {
        ArgumentNullException.ThrowIfNull(group);
        return _route.Get(context, (group.AsClient(), name));
    }

    /// <summary>Spans name the workload, so that listeners, but nothing else of what it sends, differ by it.</summary>
    internal static ProxyGroup AsTracedClient(ProxyGroup group)
    {
        return group.AsClient() with
        {
            CanonicalService = group.CanonicalService,
            CanonicalRevision = group.CanonicalRevision,
        };
    }

    private static ResourceList Encode(EquatableArray<Listener> listeners)
    {
        return new ResourceList(listeners.Items.Select(listener =>
            XdsResource.Create(TypeUrls.Listener, listener.Name, listener)).ToEquatable(), []);
    }

    /// <summary>A route configuration that cannot be built is left out; the others go live.</summary>
    private ResourceList EncodeRoutes(QueryContext context, ProxyGroup client)
    {
        var resources = new List<XdsResource>();
        var problems = new List<string>();
        foreach (var name in _routeNames.Get(context, client))
        {
            if (_routeResource.TryGet(context, (client, name), out var resource, out var failure))
            {
                resources.Add(resource);
            }
            else
            {
                problems.Add($"routes {name} are left out: {failure!.Message}");
            }
        }
        return new ResourceList(resources.ToEquatable(), problems.ToEquatable());
    }

    private static IEnumerable<string> RouteNamesOf(Listener listener)
    {
        foreach (var chain in listener.FilterChains.Append(listener.DefaultFilterChain))
        {
            foreach (var filter in chain?.Filters ?? [])
            {
                if (filter.TypedConfig?.TypeUrl == ConfigTypeUrls.HttpConnectionManager
                    && HttpConnectionManager.Parser.ParseFrom(filter.TypedConfig.Value).Rds is { } rds)
                {
                    yield return rds.RouteConfigName;
                }
            }
        }
    }
}
