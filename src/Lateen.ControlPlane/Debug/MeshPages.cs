using Lateen.Core.Yaml;
using Lateen.Pilot.Graph;
using Lateen.Pilot.Model;
using Lateen.Pilot.Serving;

namespace Lateen.ControlPlane.Debug;

/// <summary>Pages about the mesh as Pilot sees it. Run on the graph's thread.</summary>
internal static class MeshPages
{
    public static YamlNode Services(PilotEngine engine)
    {
        var model = engine.Model;
        var context = model.Graph.Context;
        return new YamlSequence([.. model.Inputs.Listings.Get(context, "")
            .Select(l => model.Services.Get(context, l.Key))
            .Where(s => s is not null).Select(s => Of(s!))]);
    }

    public static YamlNode Endpoints(PilotEngine engine)
    {
        var model = engine.Model;
        var context = model.Graph.Context;
        return new YamlSequence([.. model.Inputs.Listings.Get(context, "").Select(l => l.Key).Distinct().Select(key =>
            new YamlMapping(
                ("service", new YamlScalar(key.Hostname)),
                ("namespace", new YamlScalar(key.Namespace)),
                ("endpoints", new YamlSequence([.. model.Endpoints.Get(context, key).Items.Select(Of)]))))]);
    }

    public static YamlNode Configuration(PilotEngine engine)
    {
        return new YamlSequence([.. engine.Model.Inputs.Objects.Snapshot().Select(o => o.Key)
            .OrderBy(k => k.Kind, StringComparer.Ordinal).ThenBy(k => k.Namespace, StringComparer.Ordinal)
            .ThenBy(k => k.Name, StringComparer.Ordinal)
            .Select(k => new YamlMapping(
                ("kind", new YamlScalar(k.Kind)),
                ("namespace", new YamlScalar(k.Namespace)),
                ("name", new YamlScalar(k.Name))))]);
    }

    public static YamlNode Graph(PilotEngine engine)
    {
        var graph = engine.Model.Graph;
        return new YamlMapping(
            ("revision", YamlScalar.Of(graph.Revision)),
            ("nodes", YamlScalar.Of(graph.NodeCount)),
            ("runs", YamlScalar.Of(graph.Counters.Runs)),
            ("unchanged", YamlScalar.Of(graph.Counters.Unchanged)),
            ("verified", YamlScalar.Of(graph.Counters.Verified)),
            ("hits", YamlScalar.Of(graph.Counters.Hits)),
            ("evicted", YamlScalar.Of(graph.Counters.Evicted)),
            ("queries", new YamlMapping([.. graph.Queries.Select(q => (q.Name, (YamlNode)Of(q)))])));
    }

    private static YamlMapping Of(IQuery query) => new(
        ("runs", YamlScalar.Of(query.Runs)), ("results", YamlScalar.Of(query.MemoCount)));

    private static YamlMapping Of(Service service) => new(
        ("hostname", new YamlScalar(service.Hostname)),
        ("namespace", new YamlScalar(service.Namespace)),
        ("registry", new YamlScalar(service.Registry.ToString())),
        ("resolution", new YamlScalar(service.Resolution.ToString())),
        ("addresses", Texts(service.Addresses)),
        ("ports", new YamlSequence([.. service.Ports.Items.Select(p => new YamlMapping(
            ("name", new YamlScalar(p.Name)),
            ("port", YamlScalar.Of(p.Number)),
            ("protocol", new YamlScalar(p.Protocol.ToString()))))])),
        ("exportTo", Texts(service.ExportTo)));

    private static YamlMapping Of(IstioEndpoint endpoint) => new(
        ("address", new YamlScalar(endpoint.Address)),
        ("port", YamlScalar.Of(endpoint.Port)),
        ("servicePort", new YamlScalar(endpoint.ServicePortName)),
        ("health", new YamlScalar(endpoint.Health.ToString())),
        ("mutualTls", YamlScalar.Of(endpoint.MutualTls)),
        ("identity", new YamlScalar(endpoint.Identity)),
        ("locality", new YamlScalar(endpoint.Locality.ToString())),
        ("network", new YamlScalar(endpoint.Network)),
        ("labels", new YamlScalar(endpoint.Labels.ToString())),
        ("workload", new YamlScalar(endpoint.WorkloadName)));

    private static YamlSequence Texts(EquatableArray<string> texts)
        => new([.. texts.Items.Select(t => new YamlScalar(t))]);
}
