using Envoy.Admin.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Lateen.Core.Protobuf;
using Lateen.Core.Yaml;
using Lateen.Pilot.Serving;
using Lateen.Pilot.Simulation;
using Lateen.Xds;
using Lateen.Xds.Server;
using AdminDump = Envoy.Admin.V3.ConfigDump;

namespace Lateen.ControlPlane.Debug;

/// <summary>What a proxy is served, in the form of Envoy's own dump.</summary>
internal static class ConfigDump
{
    private static readonly MessageWriter _writer = new(new MessageWriteOptions
    {
        DeclaredNames = true,
        Types = GeneratedTypes.Registry,
    });

    /// <summary>Null when there is no such proxy.</summary>
    public static YamlNode? Of(ServedProxy? proxy, IReadOnlySet<string>? types)
    {
        if (proxy is null)
        {
            return null;
        }
        var dump = new AdminDump();
        void Add(string type, IMessage message)
        {
            if (types is null || types.Contains(type))
            {
                dump.Configs.Add(Any.Pack(message));
            }
        }
        var clusters = new ClustersConfigDump { VersionInfo = Version(proxy, TypeUrls.Cluster) };
        clusters.DynamicActiveClusters.AddRange(All(proxy, TypeUrls.Cluster).Select(r =>
            new ClustersConfigDump.Types.DynamicCluster { VersionInfo = r.Version, Cluster = Body(r) }));
        Add("cds", clusters);
        var endpoints = new EndpointsConfigDump();
        endpoints.DynamicEndpointConfigs.AddRange(All(proxy, TypeUrls.ClusterLoadAssignment).Select(r =>
            new EndpointsConfigDump.Types.DynamicEndpointConfig { VersionInfo = r.Version, EndpointConfig = Body(r) }));
        Add("eds", endpoints);
        var listeners = new ListenersConfigDump { VersionInfo = Version(proxy, TypeUrls.Listener) };
        listeners.DynamicListeners.AddRange(All(proxy, TypeUrls.Listener).Select(r =>
            new ListenersConfigDump.Types.DynamicListener
            {
                Name = r.Name,
                ActiveState = new() { VersionInfo = r.Version, Listener = Body(r) },
            }));
        Add("lds", listeners);
        var routes = new RoutesConfigDump();
        routes.DynamicRouteConfigs.AddRange(All(proxy, TypeUrls.RouteConfiguration).Select(r =>
            new RoutesConfigDump.Types.DynamicRouteConfig { VersionInfo = r.Version, RouteConfig = Body(r) }));
        Add("rds", routes);
        var secrets = new SecretsConfigDump();
        // Names only: keys never leave by this door.
        secrets.DynamicActiveSecrets.AddRange(All(proxy, TypeUrls.Secret).Select(r =>
            new SecretsConfigDump.Types.DynamicSecret { Name = r.Name, VersionInfo = r.Version }));
        Add("sds", secrets);
        return _writer.ToNode(dump);
    }

    public static YamlNode? Endpoints(ServedProxy? proxy)
    {
        return proxy is null ? null : new YamlSequence([.. All(proxy, TypeUrls.ClusterLoadAssignment)
            .Select(r =>
                _writer.ToNode(Envoy.Config.Endpoint.V3.ClusterLoadAssignment.Parser.ParseFrom(r.Body.Span)))]);
    }

    public static YamlNode? NameTable(ServedProxy? proxy)
    {
        return proxy is null ? null : new YamlSequence([.. All(proxy, TypeUrls.NameTable)
            .Select(r => _writer.ToNode(Istio.Networking.Nds.V1.NameTable.Parser.ParseFrom(r.Body.Span)))]);
    }

    private static IEnumerable<XdsResource> All(ServedProxy proxy, string typeUrl)
    {
        return proxy.Resources.TryGetValue(typeUrl, out var resources)
            ? resources.GetAll().OrderBy(r => r.Name, StringComparer.Ordinal) : [];
    }

    private static string Version(ServedProxy proxy, string typeUrl)
        => proxy.Resources.TryGetValue(typeUrl, out var resources) ? resources.Version : "";

    private static Any Body(XdsResource resource)
        => new() { TypeUrl = resource.TypeUrl, Value = ByteString.CopyFrom(resource.Body.Span) };
}
