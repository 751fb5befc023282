using Envoy.Config.Cluster.V3;
using Envoy.Config.Endpoint.V3;
using Google.Protobuf.WellKnownTypes;
using Istio.Mesh.V1Alpha1;
using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Endpoints;
using Lateen.Pilot.Graph;
using Lateen.Pilot.Model;
using ServicePort = Lateen.Pilot.Model.ServicePort;

namespace Lateen.Pilot.Clusters;

/// <summary>Clusters from a sidecar to its own application (contract 8.2).</summary>
internal sealed class InboundClusterBuilder
{
    private const string UnixScheme = "unix://";
    private const long NeverCleanedSeconds = long.MaxValue / 1_000_000_000 - 1;

    private readonly MeshModel _model;
    private readonly QueryContext _context;
    private readonly ProxyGroup _group;
    private readonly MeshConfig _mesh;
    private readonly Sidecar? _sidecar;
    private readonly bool _preserveHeaderCase;

    public InboundClusterBuilder(MeshModel model, QueryContext context, ProxyGroup group, bool preserveHeaderCase)
    {
        _model = model;
        _context = context;
        _group = group;
        _preserveHeaderCase = preserveHeaderCase;
        _mesh = model.Inputs.MeshConfig(context);
        _sidecar = model.Scopes.SidecarOf(context, group.Scope)?.As<Sidecar>();
    }

    public IEnumerable<Cluster> Build()
    {
        if (_sidecar is { Ingress.Count: > 0 })
        {
            return _sidecar.Ingress.Select(OfIngress).Where(c => c is not null).Select(c => c!);
        }
        return _group.Settings.InterceptionMode == InterceptionMode.None ? []
            : _group.Instances.Items.GroupBy(i => i.EndpointPort).OrderBy(g => g.Key)
                .Select(g => OfPort(g.Key, [.. g]));
    }

    private Cluster OfPort(int port, List<ServiceInstance> instances)
    {
        var passthrough = _mesh.InboundTrafficPolicy?.Mode
            is null or MeshConfig.Types.InboundTrafficPolicy.Types.Mode.Passthrough;
        var host = passthrough ? "" : Localhost(preferV6: false);
        var first = instances[0];
        var services = instances.Where(i => i.Port.Number == first.Port.Number)
            .DistinctBy(i => i.Service.Hostname)
            .Select(i => _model.Services.Get(_context, i.Service)).Where(s => s is not null).Select(s => s!).ToList();
        return NewCluster(port, host, port, first.Port, services, _model.Services.Get(_context, first.Service), true);
    }

    private Cluster? OfIngress(IstioIngressListener listener)
    {
        var number = (int)listener.Port.Number;
        var (host, port) = Target(listener.DefaultEndpoint);
        if (port < 0)
        {
            return null;
        }
        var servicePort = new ServicePort(listener.Port.Name, number, ProtocolRules.Parse(listener.Port.Protocol));
        var instance = _group.Instances.Items.FirstOrDefault(i => i.EndpointPort == number);
        var service = instance is null ? null : _model.Services.Get(_context, instance.Service);
        List<Service> services = service is null or { MeshExternal: true } ? [] : [service];
        return NewCluster(number, host, port, servicePort, services, service, instance is not null);
    }

    private Cluster NewCluster(
        int number, string host, int port, ServicePort servicePort, List<Service> services, Service? owner,
            bool isKnown)
    {
        var name = ClusterNames.Inbound(number);
        var stat = owner is null ? null : StatNames.Of(_mesh.InboundClusterStatName, owner, servicePort, "", number);
        var cluster = new Cluster
        {
            Name = name,
            AltStatName = $"{stat ?? name};",
            CommonLbConfig = new Cluster.Types.CommonLbConfig(),
            Type = host.Length == 0 ? Cluster.Types.DiscoveryType.OriginalDst : Cluster.Types.DiscoveryType.Static,
        };
        if (host.Length == 0)
        {
            cluster.LbPolicy = Cluster.Types.LbPolicy.ClusterProvided;
            cluster.CleanupInterval = new Duration { Seconds = NeverCleanedSeconds };
        }
        else
        {
            cluster.LoadAssignment = new ClusterLoadAssignment
            {
                ClusterName = name,
                Endpoints =
                {
                    new LocalityLbEndpoints
                    {
                        LbEndpoints =
                        {
                            new LbEndpoint { Endpoint =
                                new Endpoint { Address = AssignmentBuilder.AddressOf(host, port) } },
                        },
                    },
                },
            };
        }
        if (isKnown && owner is { MeshExternal: false })
        {
            IstioMetadata.SetServices(cluster, services);
        }
        var http = new HttpOptions();
        ApplyProtocol(http, servicePort);
        ApplyPolicy(cluster, http, number, servicePort, owner);
        if (host is not ("127.0.0.1" or "::1"))
        {
            // Capture would send traffic to the own address back to the proxy, unless it comes from this source.
            cluster.UpstreamBindConfig = FixedClusters.LoopbackSource(
                _group.IpFamilies, _model.Options.IsOn("ISTIO_DUAL_STACK", false));
        }
        http.ApplyTo(cluster);
        return cluster;
    }

    private void ApplyProtocol(HttpOptions http, ServicePort port)
    {
        if (port.Protocol.IsHttp2())
        {
            http.UseHttp2();
        }
        else if (port.Protocol.IsAuto() || port.Protocol.IsHttp())
        {
            if (_preserveHeaderCase)
            {
                http.PreserveHeaderCase();
            }
            if (port.Protocol.IsAuto())
            {
                http.UseDownstreamProtocol();
            }
        }
    }

    /// <summary>The pool of the ingress listener, else the Sidecar's, else the rule's, else the mesh's.</summary>
    private void ApplyPolicy(Cluster cluster, HttpOptions http, int number, ServicePort port, Service? owner)
    {
        ConnectionPoolSettings? pool = null;
        TrafficPolicy.Types.RetryBudget? budget = null;
        if (owner is not null)
        {
            var rule = _model.DestinationRules.Get(_context, _group.Scope.Namespace, _group.Labels, owner.Key);
            if (rule?.Rule.TrafficPolicy is { } general)
            {
                var policy = TrafficPolicies.ForPort(general, port.Number, out _);
                pool = policy?.ConnectionPool;
                budget = policy?.RetryBudget;
                if (cluster.Metadata is not null)
                {
                    IstioMetadata.SetConfig(cluster, rule.Sources[0]);
                }
            }
        }
        pool = _sidecar?.Ingress.FirstOrDefault(i => i.Port.Number == (uint)number)?.ConnectionPool
            ?? _sidecar?.InboundConnectionPool ?? pool ?? _mesh.DefaultTrafficPolicy?.ConnectionPool;
        ConnectionPools.Apply(cluster, http, _mesh, pool ?? new ConnectionPoolSettings(), budget);
    }

    /// <summary>Where a default endpoint points: nothing means the original destination; port -1 means
    /// unreadable.</summary>
    private (string Host, int Port) Target(string endpoint)
    {
        if (endpoint.Length == 0)
        {
            return ("", 0);
        }
        if (endpoint.StartsWith(UnixScheme, StringComparison.Ordinal))
        {
            return (endpoint[UnixScheme.Length..], 0);
        }
        var colon = endpoint.LastIndexOf(':');
        if (colon < 0 || !int.TryParse(endpoint.AsSpan(colon + 1), out var port))
        {
            return ("", -1);
        }
        var host = endpoint[..colon].Trim('[', ']');
        return host switch
        {
            "0.0.0.0" => (Own(v6: false) ?? "127.0.0.1", port),
            "::" => (Own(v6: true) ?? "::1", port),
            "127.0.0.1" => (Localhost(preferV6: false), port),
            "::1" => (Localhost(preferV6: true), port),
            _ => (host, port),
        };
    }

    private string? Own(bool v6)
        => _group.Addresses.Items.FirstOrDefault(a => a.Contains(':', StringComparison.Ordinal) == v6);

    private string Localhost(bool preferV6)
    {
        var usesV6 = preferV6 ? _group.IpFamilies.HasFlag(IpFamilies.V6) : !_group.IpFamilies.HasFlag(IpFamilies.V4);
        return usesV6 ? "::1" : "127.0.0.1";
    }
}
