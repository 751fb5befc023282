using Envoy.Config.Listener.V3;
using Envoy.Config.Route.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Lateen.Pilot.Graph;
using Lateen.Pilot.Model;
using Lateen.Pilot.Routes;
using Lateen.Pilot.Serving;
using Lateen.Xds;
using Lateen.Xds.Server;

namespace Lateen.Pilot.Listeners;

/// <summary>
/// Listeners and routes as queries: what a group of proxies gets, computed once for all of them. What a proxy sends
/// depends neither on what it serves nor on its namespace, so the outbound half is shared widely; the names of a client
/// that stand in it are put in when it is sent.
/// </summary>
public sealed class TrafficQueries
{
    private readonly MeshModel _model;
    private readonly TrafficContexts _contexts;
    private readonly RouteQueries _routes;
    private readonly Query<ProxyGroup, EquatableArray<string>> _routeNames;

    /// <summary>Makes the queries in the model's graph.</summary>
    public TrafficQueries(MeshModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        var virtualServices = new VirtualServiceQueries(model);
        var egress = new EgressQueries(model, virtualServices);
        _contexts = new TrafficContexts(model, virtualServices, egress);
        _routes = new RouteQueries(model, virtualServices, egress);
        var graph = model.Graph;
        OutboundResources = graph.CreateQuery<ProxyGroup, ResourceList>("outboundListeners",
            (context, client) => Encode(ListenerGenerator.Outbound(_contexts.Of(context, client)),
                isShared: client.Type == ProxyType.Sidecar));
        InboundResources = graph.CreateQuery<ProxyGroup, ResourceList>("inboundListeners",
            (context, group) => Encode(ListenerGenerator.Inbound(_contexts.Of(context, group)), isShared: false));
        _routeNames = graph.CreateQuery<ProxyGroup, EquatableArray<string>>("routeNames",
            (context, client) => [.. OutboundResources.Get(context, client).Resources.Items
                .SelectMany(listener => RouteNamesOf(Decode(listener)))
                .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]);
        RouteKeys = graph.CreateQuery<ProxyGroup, ItemList<RouteKey>>("routeKeys",
            (context, client) => new ItemList<RouteKey>(
                [.. _routeNames.Get(context, client).Items.Select(name => new RouteKey(client, name))], []));
        Routes = graph.CreateQuery<RouteKey, XdsResource>("routeConfiguration", (context, key) =>
            RouteGenerator.Generate(_contexts.Of(context, key.Client), _routes.For(context, key.Client), key.Name));
    }

    /// <summary>Encoded listeners for what a proxy sends, by client.</summary>
    internal Query<ProxyGroup, ResourceList> OutboundResources { get; }

    /// <summary>Encoded listeners for what a proxy serves, by group.</summary>
    internal Query<ProxyGroup, ResourceList> InboundResources { get; }

    /// <summary>The route configurations that a client's listeners ask for.</summary>
    internal Query<ProxyGroup, ItemList<RouteKey>> RouteKeys { get; }

    /// <summary>Encoded route configurations.</summary>
    internal Query<RouteKey, XdsResource> Routes { get; }

    /// <summary>All listeners of a group; names are unique.</summary>
    public EquatableArray<Listener> Listeners(QueryContext context, ProxyGroup group)
    {
        var names = ClientNames.Of(group);
        return [.. OutboundResources.Get(context, ClientOf(context, group)).Resources.Items
            .Select(listener => listener is ClientTemplate template ? template.For(names) : listener)
            .Concat(InboundResources.Get(context, group).Resources.Items).Select(Decode)];
    }

    /// <summary>Names of the route configurations that the group's listeners ask for, sorted.</summary>
    public EquatableArray<string> RouteNames(QueryContext context, ProxyGroup group)
        => _routeNames.Get(context, ClientOf(context, group));

    /// <summary>The route configuration of a name; one without virtual hosts when the name stands for
    /// nothing.</summary>
    public RouteConfiguration Route(QueryContext context, ProxyGroup group, string name)
    {
        var resource = Routes.Get(context, new RouteKey(ClientOf(context, group), name));
        resource = resource is ClientTemplate template ? template.For(ClientNames.Of(group)) : resource;
        return RouteConfiguration.Parser.ParseFrom(resource.Body.Span);
    }

    /// <summary>The key under which a group shares its outbound listeners and routes.</summary>
    internal ProxyGroup ClientOf(QueryContext context, ProxyGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        return group.AsClient(!_model.Inputs.SourceNamespaces.Get(context, group.Namespace).IsEmpty);
    }

    private static ResourceList Encode(IEnumerable<Listener> listeners, bool isShared)
    {
        var encoded = listeners.Select(listener =>
            XdsResource.Create(TypeUrls.Listener, listener.Name, listener));
        return new ResourceList((isShared ? encoded.Select(ListenerTemplate.Of) : encoded).ToEquatable(), []);
    }

    private static Listener Decode(XdsResource resource) => Listener.Parser.ParseFrom(resource.Body.Span);

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
