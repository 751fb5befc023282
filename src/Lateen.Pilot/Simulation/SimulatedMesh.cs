using Envoy.Config.Cluster.V3;
using Envoy.Config.Endpoint.V3;
using Google.Protobuf;
using Lateen.Pilot.Clusters;
using Lateen.Pilot.Endpoints;
using Lateen.Pilot.Graph;
using Lateen.Pilot.Listeners;
using Lateen.Pilot.Model;
using Lateen.Pilot.Names;

namespace Lateen.Pilot.Simulation;

/// <summary>The mesh of a scenario in a computation graph of its own: what each proxy gets, without any
/// connection.</summary>
public sealed class SimulatedMesh
{
    private readonly IncrementalGraph _graph = new();
    private readonly TrafficQueries _traffic;
    private readonly ClusterQueries _clusters;
    private readonly NameTables _names;

    /// <summary>Takes the scenario's facts in.</summary>
    public SimulatedMesh(Scenario scenario)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        Model = new MeshModel(_graph, new MeshOptions { Features = scenario.Features });
        _traffic = new TrafficQueries(Model);
        _clusters = new ClusterQueries(Model);
        _names = new NameTables(Model);
        Model.Inputs.SetMeshConfig(scenario.Mesh);
        if (scenario.Networks is not null)
        {
            Model.Inputs.SetNetworks(scenario.Networks);
        }
        foreach (var item in scenario.Objects)
        {
            Model.Inputs.Objects.Set(item.Key, item);
        }
    }

    /// <summary>The model, for those who want to ask more.</summary>
    public MeshModel Model { get; }

    /// <summary>What a proxy gets.</summary>
    public ProxyResources ResourcesOf(Proxy proxy)
    {
        var context = _graph.Context;
        var group = Model.Proxies.GroupOf(context, proxy);
        var set = _clusters.SetOf(context, group);
        var inbound = group.Type == ProxyType.Sidecar ? _clusters.Inbound(context, group) : ResourceList.Empty;
        return new ProxyResources
        {
            Listeners = _traffic.Listeners(context, group),
            Routes = [.. _traffic.RouteNames(context, group).Items
                .Select(name => _traffic.Route(context, group, name))],
            Clusters = [.. Parse(_clusters.Outbound(context, set), Cluster.Parser),
                .. Parse(inbound, Cluster.Parser)],
            Endpoints = [.. Parse(_clusters.Endpoints(context, set, EndpointView.Of(group)),
                ClusterLoadAssignment.Parser)],
            NameTable = group.Settings.DnsCapture ? _names.TableOf(context, group) : null,
        };
    }

    private static IEnumerable<T> Parse<T>(ResourceList list, MessageParser<T> parser)
        where T : IMessage<T>
    {
        return list.Resources.Items.Select(resource => parser.ParseFrom(resource.Body.Span));
    }
}
