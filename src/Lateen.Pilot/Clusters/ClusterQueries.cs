using Envoy.Config.Cluster.V3;
using Istio.Mesh.V1Alpha1;
using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Endpoints;
using Lateen.Pilot.Graph;
using Lateen.Pilot.Model;
using Lateen.Pilot.Serving;
using Lateen.Xds;
using Lateen.Xds.Server;

namespace Lateen.Pilot.Clusters;

/// <summary>
/// Clusters and their endpoints. What is outbound is generated for kinds of clients and shared by all groups of that
/// kind; what is inbound for a group.
/// </summary>
public sealed class ClusterQueries
{
    private readonly MeshModel _model;
    private readonly AssignmentQueries _assignments;
    private readonly Query<ClusterKey, ViewNeeds> _needs;
    private readonly Query<ProxyGroup, ResourceList> _inbound;

    /// <summary>Makes the queries.</summary>
    public ClusterQueries(MeshModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        var graph = model.Graph;
        _assignments = new AssignmentQueries(model);
        Keys = graph.CreateQuery<OutboundSetKey, ItemList<ClusterKey>>("clusterKeys", ComputeKeys);
        OfPort = graph.CreateQuery<ClusterKey, EquatableArray<OutboundCluster>>("clustersOfPort", ComputeOfPort);
        _needs = graph.CreateQuery<ClusterKey, ViewNeeds>("viewNeeds", ComputeNeeds);
        EndpointKeys = graph.CreateQuery<(OutboundSetKey Set, EndpointView View), ItemList<EndpointKey>>(
            "endpointKeys", ComputeEndpointKeys);
        EndpointsOfPort = graph.CreateQuery<EndpointKey, EquatableArray<XdsResource>>(
            "endpointsOfPort", ComputeEndpointsOfPort);
        _inbound = graph.CreateQuery<ProxyGroup, ResourceList>("inboundClusters", ComputeInbound);
    }

    /// <summary>The service ports that make up a set of clusters.</summary>
    internal Query<OutboundSetKey, ItemList<ClusterKey>> Keys { get; }

    /// <summary>The clusters of a service port: of the whole service and of its subsets.</summary>
    internal Query<ClusterKey, EquatableArray<OutboundCluster>> OfPort { get; }

    /// <summary>The service ports whose endpoints a set of clusters discovers, as a view sees them.</summary>
    internal Query<(OutboundSetKey Set, EndpointView View), ItemList<EndpointKey>> EndpointKeys { get; }

    /// <summary>The assignments of the clusters of a service port.</summary>
    internal Query<EndpointKey, EquatableArray<XdsResource>> EndpointsOfPort { get; }

    /// <summary>The key under which a group shares its outbound clusters.</summary>
    public OutboundSetKey SetOf(QueryContext context, ProxyGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        var settings = group.Settings;
        var rules = _model.DestinationRules.Relevant(context, group.Scope.Namespace, group.ClientLabels);
        var files = settings.TlsClientCertChain.Length == 0 ? null
            : new CertificateFiles(settings.TlsClientCertChain, settings.TlsClientKey, settings.TlsClientRootCert);
        var client = new OutboundClient(
            group.Scope.Namespace, rules, group.Type, group.IpFamilies,
            settings.Filters.HasFlag(IstioFilters.MetadataExchange),
            false,
            ProxyHeaderCase.IsPreserved(_model.Inputs.MeshConfig(context), settings.ProxyConfigJson),
            files,
            null);
        return new OutboundSetKey(group.Scope, client, EndpointView.Of(group) with { Labels = group.ClientLabels },
            group.Type == ProxyType.Router && GatewayModes.HasAutoPassthrough(_model, context, group));
    }

    /// <summary>The outbound clusters of a set, encoded; for those who do not follow its changes.</summary>
    public ResourceList Outbound(QueryContext context, OutboundSetKey set)
    {
        var keys = Keys.Get(context, set);
        var resources = new List<XdsResource>();
        var problems = new List<string>();
        foreach (var key in keys.Items)
        {
            if (OfPort.TryGet(context, key, out var clusters, out var failure))
            {
                resources.AddRange(clusters.Items.Select(cluster => cluster.Resource));
            }
            else
            {
                problems.Add($"clusters of {key} are left out: {failure!.Message}");
            }
        }
        return new ResourceList([.. resources, .. keys.Fixed.Items], problems.ToEquatable());
    }

    /// <summary>The clusters of a group towards its own application, encoded.</summary>
    public ResourceList Inbound(QueryContext context, ProxyGroup group) => _inbound.Get(context, group);

    /// <summary>The query behind <see cref="Inbound"/>, for observation.</summary>
    public Query<ProxyGroup, ResourceList> InboundQuery => _inbound;

    /// <summary>The assignments of all EDS clusters of a set for a view; for those who do not follow its
    /// changes.</summary>
    public ResourceList Endpoints(QueryContext context, OutboundSetKey set, EndpointView view)
    {
        return new ResourceList([.. EndpointKeys.Get(context, (set, view)).Items.Items
            .SelectMany(key => EndpointsOfPort.Get(context, key).Items)], []);
    }

    private EquatableArray<OutboundCluster> ComputeOfPort(QueryContext context, ClusterKey key)
    {
        var service = _model.Services.Get(context, key.Service);
        return service?.PortOf(key.Port) is not { } port ? []
            : new OutboundClusterBuilder(_model, _assignments, context, key.Client, key.SniDnat)
                .Build(service, port).ToEquatable();
    }

    private ItemList<ClusterKey> ComputeKeys(QueryContext context, OutboundSetKey set)
    {
        var services = _model.Scopes.ViewOf(context, set.Scope).Services;
        var keys = new List<ClusterKey>();
        foreach (var listing in services.Items.Where(listing => listing.Resolution != Resolution.Alias))
        {
            var inline = listing.Resolution is Resolution.Dns or Resolution.DnsRoundRobin;
            var client = inline ? set.Client with { View = set.View } : set.Client;
            keys.AddRange(PortsOf(listing).Select(port => new ClusterKey(client, listing.Key, port, false)));
        }
        if (set.SniDnat)
        {
            var client = set.Client with { View = set.View };
            foreach (var listing in services.Items.Where(listing => listing.Resolution != Resolution.DynamicDns
                && _model.Services.Get(context, listing.Key) is { MeshExternal: false }))
            {
                keys.AddRange(PortsOf(listing).Select(port => new ClusterKey(client, listing.Key, port, true)));
            }
        }
        return new ItemList<ClusterKey>(keys.ToEquatable(), [.. Fixed(context, set).Select(Encode)]);
    }

    private static IEnumerable<int> PortsOf(ServiceListing listing)
        => listing.Ports.Items.Where(port => port.Protocol != Protocol.Udp).Select(port => port.Number).Distinct();

    private IEnumerable<Cluster> Fixed(QueryContext context, OutboundSetKey set)
    {
        var mesh = _model.Inputs.MeshConfig(context);
        yield return FixedClusters.BlackHole(mesh);
        if (set.Client.Type == ProxyType.Sidecar)
        {
            yield return FixedClusters.Passthrough(mesh, set.Client.MetadataExchange, set.Client.PreserveHeaderCase);
            if (AllowsAnyDynamicDns(context, mesh, set.Scope))
            {
                yield return FixedClusters.AllowAnyDynamicDns(mesh, set.Client, mesh.OutboundTrafficPolicy?.Tls);
            }
        }
    }

    private bool AllowsAnyDynamicDns(QueryContext context, MeshConfig mesh, ScopeKey scope)
    {
        var sidecar = _model.Scopes.SidecarOf(context, scope)?.As<Sidecar>();
        return sidecar?.OutboundTrafficPolicy is null && mesh.OutboundTrafficPolicy?.Mode
            == MeshConfig.Types.OutboundTrafficPolicy.Types.Mode.AllowAnyDynamicDns;
    }

    private ItemList<EndpointKey> ComputeEndpointKeys(
        QueryContext context, (OutboundSetKey Set, EndpointView View) key)
    {
        var keys = new List<EndpointKey>();
        foreach (var port in Keys.Get(context, key.Set).Items)
        {
            // Clusters that cannot be built have no endpoints; the clusters' part tells why.
            if (_needs.TryGet(context, port, out var needs, out _) && needs.UsesEds)
            {
                keys.Add(new EndpointKey(port, needs.Narrow(key.View)));
            }
        }
        return new ItemList<EndpointKey>(keys.ToEquatable(), []);
    }

    private ViewNeeds ComputeNeeds(QueryContext context, ClusterKey key)
    {
        var needs = ViewNeeds.None;
        foreach (var cluster in OfPort.Get(context, key).Items.Where(cluster => cluster.UsesEds))
        {
            needs = needs.With(_assignments.NeedsOf(context, AssignmentOf(key, cluster)));
        }
        return needs;
    }

    private EquatableArray<XdsResource> ComputeEndpointsOfPort(QueryContext context, EndpointKey key)
    {
        return [.. OfPort.Get(context, key.Port).Items.Where(cluster => cluster.UsesEds)
            .Select(cluster => _assignments.Resource(
                context, AssignmentOf(key.Port, cluster), key.View, cluster.IsSniDnat))
            .OfType<XdsResource>()];
    }

    private static AssignmentKey AssignmentOf(ClusterKey key, OutboundCluster cluster)
        => new(key.Service, key.Port, cluster.Subset, key.Client.Namespace, key.Client.RuleLabels);

    private ResourceList ComputeInbound(QueryContext context, ProxyGroup group)
    {
        if (group.Type != ProxyType.Sidecar)
        {
            return ResourceList.Empty;
        }
        var mesh = _model.Inputs.MeshConfig(context);
        var preserve = ProxyHeaderCase.IsPreserved(mesh, group.Settings.ProxyConfigJson);
        var clusters = new InboundClusterBuilder(_model, context, group, preserve).Build()
            .Append(FixedClusters.InboundPassthrough(mesh, group.IpFamilies, preserve));
        return new ResourceList(clusters.DistinctBy(c => c.Name).Select(Encode).ToEquatable(), []);
    }

    private static XdsResource Encode(Cluster cluster)
        => XdsResource.Create(TypeUrls.Cluster, cluster.Name, cluster);
}
