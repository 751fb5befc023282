using Envoy.Config.Endpoint.V3;
using Lateen.Pilot.Clusters;
using Lateen.Pilot.Graph;
using Lateen.Pilot.Model;
using Lateen.Xds;
using Lateen.Xds.Server;

namespace Lateen.Pilot.Endpoints;

/// <summary>Cluster load assignments: planned once per destination, built once per kind of client, shared.</summary>
public sealed class AssignmentQueries
{
    private readonly MeshModel _model;
    private readonly Query<AssignmentKey, AssignmentPlan?> _plan;
    private readonly Query<(AssignmentKey Key, EndpointView View, bool SniDnat), XdsResource?> _resource;

    /// <summary>Makes the queries.</summary>
    public AssignmentQueries(MeshModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        _plan = model.Graph.CreateQuery<AssignmentKey, AssignmentPlan?>("assignmentPlan", ComputePlan);
        _resource = model.Graph.CreateQuery<(AssignmentKey Key, EndpointView View, bool SniDnat), XdsResource?>(
            "assignment", ComputeResource, ResourceComparer.Instance);
    }

    /// <summary>The encoded assignment of an EDS cluster, or null when the service or its port is gone.</summary>
    /// <param name="context">The reader.</param>
    /// <param name="key">Which cluster, for whose rules.</param>
    /// <param name="view">Where the client stands.</param>
    /// <param name="sniDnat">For an east-west gateway: named by server name, mutual TLS only.</param>
    public XdsResource? Resource(QueryContext context, AssignmentKey key, EndpointView view, bool sniDnat)
    {
        ArgumentNullException.ThrowIfNull(key);
        var plan = _plan.Get(context, key);
        var service = _model.Services.Get(context, key.Service);
        return plan is null || service is null ? null
            : _resource.Get(context, (key, plan.NeedsOf(service).Narrow(view), sniDnat));
    }

    /// <summary>What of a client's place decides about the endpoints of a cluster.</summary>
    internal ViewNeeds NeedsOf(QueryContext context, AssignmentKey key)
    {
        return _plan.Get(context, key) is { } plan && _model.Services.Get(context, key.Service) is { } service
            ? plan.NeedsOf(service) : ViewNeeds.None;
    }

    /// <summary>The assignment as a part of a DNS cluster.</summary>
    internal ClusterLoadAssignment Inline(
        QueryContext context, string clusterName, AssignmentKey key, Service service, EndpointView view)
    {
        var plan = _plan.Get(context, key)
            ?? throw new InvalidOperationException($"no port {key.Port} of {key.Service}");
        return new AssignmentBuilder(_model, context, service, plan).Build(clusterName, view, onlyMutualTls: false);
    }

    private AssignmentPlan? ComputePlan(QueryContext context, AssignmentKey key)
    {
        var service = _model.Services.Get(context, key.Service);
        if (service?.PortOf(key.Port) is not { } port)
        {
            return null;
        }
        var mesh = _model.Inputs.MeshConfig(context);
        var rule = _model.DestinationRules.Get(context, key.ClientNamespace, key.RuleLabels, key.Service)?.Rule;
        var subset = rule?.Subsets.FirstOrDefault(s => s.Name == key.Subset && key.Subset.Length > 0);
        var policy = TrafficPolicies.ForSubset(rule?.TrafficPolicy, subset?.TrafficPolicy, key.Port);
        var outlier = policy?.OutlierDetection;
        return new AssignmentPlan(
            port,
            subset is null ? Labels.Empty : Labels.From(subset.Labels),
            LocalitySettings.For(mesh, policy?.LoadBalancer, service),
            outlier is not null,
            TrafficPolicies.TlsMode(rule, key.Subset, key.Port),
            service.HasTrafficDistribution
                || (_model.SendsUnhealthyEndpoints && outlier is not { MinHealthPercent: > 0 }),
            ClusterLocality.IsLocal(mesh, service));
    }

    private XdsResource? ComputeResource(
        QueryContext context, (AssignmentKey Key, EndpointView View, bool SniDnat) key)
    {
        var service = _model.Services.Get(context, key.Key.Service);
        var plan = _plan.Get(context, key.Key);
        if (service is null || plan is null)
        {
            return null;
        }
        var (destination, subset, port) = (key.Key.Service.Hostname, key.Key.Subset, key.Key.Port);
        var name = key.SniDnat ? ClusterNames.Sni(port, subset, destination)
            : ClusterNames.Outbound(port, subset, destination);
        var assignment = new AssignmentBuilder(_model, context, service, plan).Build(name, key.View, key.SniDnat);
        return XdsResource.Create(TypeUrls.ClusterLoadAssignment, name, assignment);
    }
}
