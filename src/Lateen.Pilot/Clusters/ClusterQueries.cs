using Istio.Mesh.V1Alpha1;
using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Endpoints;
using Lateen.Pilot.Graph;
using Lateen.Pilot.Model;
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
    private readonly Query<ClusterKey, EquatableArray<OutboundCluster>> _ofPort;
    private readonly Query<OutboundSetKey, OutboundSet> _outbound;
    private readonly Query<OutboundSetKey, ResourceList> _outboundResources;
    private readonly Query<(OutboundSetKey Set, EndpointView View), ResourceList> _endpoints;
    private readonly Query<ProxyGroup, ResourceList> _inbound;

    /// <summary>Makes the queries.</summary>
    public ClusterQueries(MeshModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        var graph = model.Graph;
        _assignments = new AssignmentQueries(model);
        _ofPort = graph.CreateQuery<ClusterKey, EquatableArray<OutboundCluster>>("clustersOfPort", ComputeOfPort);
        _outbound = graph.CreateQuery<OutboundSetKey, OutboundSet>("outboundClusters", ComputeOutbound);
        _outboundResources = graph.CreateQuery<OutboundSetKey, ResourceList>("clusterSet", ComputeOutboundResources);
        _endpoints = graph.CreateQuery<(OutboundSetKey Set, EndpointView View),
            ResourceList>("endpointSet", ComputeEndpoints);
        _inbound = graph.CreateQuery<ProxyGroup, ResourceList>("inboundClusters", ComputeInbound);
    }

    /// <summary>One service port for one kind of client.</summary>
    internal sealed record ClusterKey(OutboundClient Client, ServiceKey Service, int Port, bool SniDnat);

    /// <summary>Clusters of a set with what could not be built.</summary>
    internal sealed record OutboundSet(
        EquatableArray<(ServiceKey Service, int Port, OutboundCluster Cluster)> Clusters,
            EquatableArray<string> Problems);

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

    /// <summary>The outbound clusters of a set, encoded.</summary>
    public ResourceList Outbound(QueryContext context, OutboundSetKey set) => _outboundResources.Get(context, set);

    /// <summary>The query behind <see cref="Outbound"/>, for observation.</summary>
    public Query<OutboundSetKey, ResourceList> OutboundQuery => _outboundResources;

    /// <summary>The clusters of a group towards its own application, encoded.</summary>
    public ResourceList Inbound(QueryContext context, ProxyGroup group) => _inbound.Get(context, group);

    /// <summary>The query behind <see cref="Inbound"/>, for observation.</summary>
    public Query<ProxyGroup, ResourceList> InboundQuery => _inbound;

    /// <summary>The assignments of all EDS clusters of a set for a view.</summary>
    public ResourceList Endpoints(QueryContext context, OutboundSetKey set, EndpointView view)
        => _endpoints.Get(context, (set, view));

    /// <summary>The query behind <see cref="Endpoints"/>, for observation.</summary>
    public Query<(OutboundSetKey Set, EndpointView View), ResourceList> EndpointsQuery => _endpoints;

    private EquatableArray<OutboundCluster> ComputeOfPort(QueryContext context, ClusterKey key)
    {
        var service = _model.Services.Get(context, key.Service);
        return service?.PortOf(key.Port) is not { } port ? []
            : new OutboundClusterBuilder(_model, _assignments, context, key.Client, key.SniDnat)
                .Build(service, port).ToEquatable();
    }

    private OutboundSet ComputeOutbound(QueryContext context, OutboundSetKey set)
    {
        var clusters = new List<(ServiceKey, int, OutboundCluster)>();
        var problems = new List<string>();
        foreach (var listing in _model.Scopes.Get(context, set.Scope).Services)
        {
            if (listing.Resolution == Resolution.Alias)
            {
                continue;
            }
            var inline = listing.Resolution is Resolution.Dns or Resolution.DnsRoundRobin;
            var client = inline ? set.Client with { View = set.View } : set.Client;
            foreach (var port in listing.Ports)
            {
                if (port.Protocol == Protocol.Udp)
                {
                    continue;
                }
                Add(context, new ClusterKey(client, listing.Key, port.Number, false), clusters, problems);
            }
        }
        if (set.SniDnat)
        {
            foreach (var listing in _model.Scopes.Get(context, set.Scope).Services)
            {
                if (_model.Services.Get(context, listing.Key) is not { MeshExternal: false }
                    || listing.Resolution == Resolution.DynamicDns)
                {
                    continue;
                }
                var client = set.Client with { View = set.View };
                foreach (var port in listing.Ports.Items.Where(p => p.Protocol != Protocol.Udp))
                {
                    Add(context, new ClusterKey(client, listing.Key, port.Number, true), clusters, problems);
                }
            }
        }
        return new OutboundSet(clusters.ToEquatable(), problems.ToEquatable());
    }

    /// <summary>A service whose clusters cannot be built is left out; the others go live.</summary>
    private void Add(
        QueryContext context, ClusterKey key, List<(ServiceKey, int, OutboundCluster)> clusters, List<string> problems)
    {
        if (!_ofPort.TryGet(context, key, out var built, out var failure))
        {
            problems.Add($"clusters of {key.Service} port {key.Port} are left out: {failure!.Message}");
            return;
        }
        foreach (var cluster in built)
        {
            clusters.Add((key.Service, key.Port, cluster));
        }
    }

    private ResourceList ComputeOutboundResources(QueryContext context, OutboundSetKey set)
    {
        var mesh = _model.Inputs.MeshConfig(context);
        var outbound = _outbound.Get(context, set);
        var resources = new List<XdsResource>(outbound.Clusters.Count + 3);
        var names = new HashSet<string>(StringComparer.Ordinal);
        void Take(XdsResource resource)
        {
            if (names.Add(resource.Name))
            {
                resources.Add(resource);
            }
        }
        foreach (var (_, _, cluster) in outbound.Clusters)
        {
            Take(cluster.Resource);
        }
        Take(Encode(FixedClusters.BlackHole(mesh)));
        if (set.Client.Type == ProxyType.Sidecar)
        {
            Take(Encode(FixedClusters.Passthrough(mesh, set.Client.MetadataExchange, set.Client.PreserveHeaderCase)));
            if (AllowsAnyDynamicDns(context, mesh, set.Scope))
            {
                Take(Encode(FixedClusters.AllowAnyDynamicDns(mesh, set.Client, mesh.OutboundTrafficPolicy?.Tls)));
            }
        }
        return new ResourceList(resources.ToEquatable(), outbound.Problems);
    }

    private bool AllowsAnyDynamicDns(QueryContext context, MeshConfig mesh, ScopeKey scope)
    {
        var sidecar = _model.Scopes.SidecarOf(context, scope)?.As<Sidecar>();
        return sidecar?.OutboundTrafficPolicy is null && mesh.OutboundTrafficPolicy?.Mode
            == MeshConfig.Types.OutboundTrafficPolicy.Types.Mode.AllowAnyDynamicDns;
    }

    private ResourceList ComputeEndpoints(QueryContext context, (OutboundSetKey Set, EndpointView View) key)
    {
        var resources = new List<XdsResource>();
        foreach (var (service, port, cluster) in _outbound.Get(context, key.Set).Clusters)
        {
            if (!cluster.UsesEds)
            {
                continue;
            }
            var assignment = new AssignmentKey(
                service, port, cluster.Subset, key.Set.Client.Namespace, key.Set.Client.RuleLabels);
            if (_assignments.Resource(context, assignment, key.View, cluster.IsSniDnat) is { } resource)
            {
                resources.Add(resource);
            }
        }
        return new ResourceList(resources.ToEquatable(), []);
    }

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

    private static XdsResource Encode(Envoy.Config.Cluster.V3.Cluster cluster)
        => XdsResource.Create(TypeUrls.Cluster, cluster.Name, cluster);
}
