using Envoy.Config.Cluster.V3;
using Envoy.Config.Core.V3;
using Envoy.Extensions.Common.DynamicForwardProxy.V3;
using Envoy.Extensions.Network.DnsResolver.Cares.V3;
using Google.Protobuf.WellKnownTypes;
using Istio.Mesh.V1Alpha1;
using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Endpoints;
using Lateen.Pilot.Graph;
using Lateen.Pilot.Model;
using Lateen.Xds;
using Lateen.Xds.Server;
using ConfigSource = Envoy.Config.Core.V3.ConfigSource;
using ServicePort = Lateen.Pilot.Model.ServicePort;
using TrafficPolicy = Istio.Networking.V1Alpha3.TrafficPolicy;

namespace Lateen.Pilot.Clusters;

/// <summary>
/// Builds the clusters of one service port for one kind of client: that of the whole service and one per subset
/// (contract 8.1).
/// </summary>
internal sealed class OutboundClusterBuilder
{
    private const uint DnsQueriesMax = 100;
    private static readonly Duration _dnsJitter = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(100));

    private readonly MeshModel _model;
    private readonly AssignmentQueries _assignments;
    private readonly QueryContext _context;
    private readonly OutboundClient _client;
    private readonly bool _sniDnat;
    private readonly MeshConfig _mesh;

    public OutboundClusterBuilder(
        MeshModel model, AssignmentQueries assignments, QueryContext context, OutboundClient client, bool sniDnat)
    {
        _model = model;
        _assignments = assignments;
        _context = context;
        _client = client;
        _sniDnat = sniDnat;
        _mesh = model.Inputs.MeshConfig(context);
    }

    public IEnumerable<OutboundCluster> Build(Service service, ServicePort port)
    {
        var merged = _model.DestinationRules.Get(_context, _client.Namespace, _client.RuleLabels, service.Key);
        var general = TrafficPolicies.OverMeshDefault(
            TrafficPolicies.ForPort(merged?.Rule.TrafficPolicy, port.Number, out _), _mesh);
        if (service.Resolution == Resolution.DynamicDns)
        {
            return HostNames.IsWildcard(service.Hostname) && port.Protocol is Protocol.Http or Protocol.Tls
                or Protocol.Grpc or Protocol.Http2
                ? [Dynamic(service, port, merged, general)] : [];
        }
        var clusters = new List<OutboundCluster>();
        var first = Whole(service, port, merged, general);
        if (first is null)
        {
            return clusters;
        }
        clusters.Add(first);
        foreach (var subset in merged?.Rule.Subsets ?? [])
        {
            if (OfSubset(service, port, merged!, general, subset) is { } cluster)
            {
                clusters.Add(cluster);
            }
        }
        return clusters;
    }

    private OutboundCluster? Whole(Service service, ServicePort port, MergedDestinationRule? merged,
        TrafficPolicy? policy)
    {
        var name = NameOf(service, port, "");
        if (NewCluster(name, service, port, "", DiscoveryOf(service)) is not { } cluster)
        {
            return null;
        }
        if (service.PersistentSessions)
        {
            // Hosts that drain are kept for those whose cookie or header names them.
            cluster.CommonLbConfig.OverrideHostStatus = new HealthStatusSet
            {
                Statuses = { HealthStatus.Healthy, HealthStatus.Draining, HealthStatus.Unknown, HealthStatus.Degraded },
            };
        }
        var http = new HttpOptions();
        ApplyProtocol(http, port);
        Apply(cluster, http, service, port, "", merged, policy, ServiceMode(service, port, merged?.Rule.TrafficPolicy));
        if (service.MeshExternal && !_sniDnat)
        {
            IstioMetadata.Set(cluster, "external", Value.ForBool(true));
        }
        Describe(cluster, merged, policy, "");
        return Encode(cluster, http, "");
    }

    private OutboundCluster? OfSubset(
        Service service, ServicePort port, MergedDestinationRule merged, TrafficPolicy? general, Subset subset)
    {
        var policy = TrafficPolicies.ForSubset(general, subset.TrafficPolicy, port.Number);
        var type = subset.TrafficPolicy?.LoadBalancer?.Simple == LoadBalancerSettings.Types.SimpleLB.Passthrough
            || general?.LoadBalancer?.Simple == LoadBalancerSettings.Types.SimpleLB.Passthrough
            ? Cluster.Types.DiscoveryType.OriginalDst : DiscoveryOf(service);
        if (NewCluster(NameOf(service, port, subset.Name), service, port, subset.Name, type) is not { } cluster)
        {
            return null;
        }
        var http = new HttpOptions();
        ApplyProtocol(http, port);
        Apply(cluster, http, service, port, subset.Name, merged, policy,
            ServiceMode(service, port, subset.TrafficPolicy));
        Describe(cluster, merged, policy, subset.Name);
        return Encode(cluster, http, subset.Name);
    }

    private OutboundCluster Dynamic(Service service, ServicePort port, MergedDestinationRule? merged,
        TrafficPolicy? policy)
    {
        var name = ClusterNames.Outbound(port.Number, "", service.Hostname);
        var cluster = new Cluster
        {
            Name = name,
            AltStatName = $"{name};",
            LbPolicy = Cluster.Types.LbPolicy.ClusterProvided,
            CommonLbConfig = new Cluster.Types.CommonLbConfig(),
            ClusterType = DynamicForwardProxies.Create(new DnsCacheConfig
            {
                Name = service.Hostname + DynamicForwardProxies.CacheSuffix,
                DnsLookupFamily = LookupFamily(),
            }),
        };
        var http = new HttpOptions();
        ApplyProtocol(http, port);
        Apply(cluster, http, service, port, "", merged, policy, ServiceMode(service, port, merged?.Rule.TrafficPolicy));
        IstioMetadata.Set(cluster, "external", Value.ForBool(service.MeshExternal));
        Describe(cluster, merged, policy, "");
        if (cluster.CommonLbConfig.CalculateSize() == 0)
        {
            cluster.CommonLbConfig = null;
        }
        return Encode(cluster, http, "");
    }

    /// <summary>The cluster before any policy; null when it would need endpoints and has none.</summary>
    private Cluster? NewCluster(
        string name, Service service, ServicePort port, string subset, Cluster.Types.DiscoveryType type)
    {
        var cluster = new Cluster
        {
            Name = name,
            AltStatName = $"{StatName(service, port, subset) ?? name};",
            Type = type,
            CommonLbConfig = new Cluster.Types.CommonLbConfig(),
        };
        if (type is Cluster.Types.DiscoveryType.StrictDns or Cluster.Types.DiscoveryType.LogicalDns)
        {
            var key = new AssignmentKey(service.Key, port.Number, subset, _client.Namespace, _client.RuleLabels);
            var assignment = _assignments.Inline(_context, name, key, service, _client.View!);
            if (assignment.Endpoints.Count == 0)
            {
                return null;
            }
            cluster.LoadAssignment = assignment;
            ApplyDns(cluster);
        }
        else if (type == Cluster.Types.DiscoveryType.OriginalDst && service.Registry == ServiceRegistry.External
            && service.Resolution == Resolution.Passthrough && port.TargetPort > 0 && port.TargetPort != port.Number)
        {
            cluster.OriginalDstLbConfig =
                new Cluster.Types.OriginalDstLbConfig { UpstreamPortOverride = (uint)port.TargetPort };
        }
        IstioMetadata.SetServices(cluster, [service]);
        return cluster;
    }

    private void ApplyDns(Cluster cluster)
    {
#pragma warning disable CS0612 // Istio sends the older fields, which every Envoy of its support window reads.
        cluster.DnsLookupFamily = LookupFamily();
        cluster.DnsJitter = _dnsJitter;
        cluster.DnsRefreshRate = _mesh.DnsRefreshRate;
        cluster.RespectDnsTtl = true;
#pragma warning restore CS0612
        cluster.TypedDnsResolverConfig = new TypedExtensionConfig
        {
            Name = "envoy.network.dns_resolver.cares",
            TypedConfig = Any.Pack(new CaresDnsResolverConfig { UdpMaxQueries = DnsQueriesMax }),
        };
    }

    private void ApplyProtocol(HttpOptions http, ServicePort port)
    {
        if (port.Protocol.IsHttp2())
        {
            http.UseHttp2();
            return;
        }
        if ((port.Protocol.IsHttp() || port.Protocol.IsAuto()) && _client.PreserveHeaderCase)
        {
            http.PreserveHeaderCase();
        }
        if (_client.Type == ProxyType.Sidecar && port.Protocol.IsAuto())
        {
            http.UseDownstreamProtocol();
        }
    }

    private void Apply(
        Cluster cluster,
        HttpOptions http,
        Service service,
        ServicePort port,
        string subset,
        MergedDestinationRule? merged,
        TrafficPolicy? policy,
        MutualTlsMode serviceMode)
    {
        var pool = policy?.ConnectionPool ?? new ConnectionPoolSettings();
        if (ConnectionPools.UpgradesToHttp2(_mesh, pool, port.Protocol))
        {
            http.UseHttp2();
        }
        ConnectionPools.Apply(cluster, http, _mesh, pool, policy?.RetryBudget);
        OutlierDetections.Apply(cluster, http, service, policy?.OutlierDetection);
        LoadBalancers.Apply(
            cluster, service, policy?.LoadBalancer, LocalitySettings.For(_mesh, policy?.LoadBalancer, service),
            _model.SendsUnhealthyEndpoints);
        if (!_sniDnat)
        {
            var facts = new UpstreamTls.Facts(
                _model.Endpoints.Identities(_context, service.Key),
                cluster.ClusterType is null ? ClusterNames.Sni(port.Number, subset, service.Hostname) : "",
                service.MeshExternal,
                serviceMode,
                service.Registry == ServiceRegistry.External,
                merged?.HasSelector ?? false);
            new UpstreamTls(_mesh, _client).Apply(cluster, http, policy?.Tls, facts);
            UpstreamTls.ApplyProxyProtocol(cluster, policy?.ProxyProtocol);
        }
        if (cluster.Type == Cluster.Types.DiscoveryType.OriginalDst)
        {
            cluster.LbPolicy = Cluster.Types.LbPolicy.ClusterProvided;
        }
        if (cluster.ClusterType is null && cluster.Type == Cluster.Types.DiscoveryType.Eds)
        {
            cluster.EdsClusterConfig = new Cluster.Types.EdsClusterConfig
            {
                ServiceName = cluster.Name,
                EdsConfig = new ConfigSource
                {
                    Ads = new AggregatedConfigSource(),
                    InitialFetchTimeout = new Duration(),
                    ResourceApiVersion = ApiVersion.V3,
                },
            };
        }
        MetadataExchange.AddTo(cluster, _client.MetadataExchange);
    }

    private static void Describe(Cluster cluster, MergedDestinationRule? merged, TrafficPolicy? policy, string subset)
    {
        if (merged is null)
        {
            return;
        }
        IstioMetadata.SetConfig(cluster, merged.Sources[0]);
        if (subset.Length > 0)
        {
            IstioMetadata.Set(cluster, "subset", Value.ForString(subset));
        }
        if (policy?.Tls?.Mode is ClientTLSSettings.Types.TLSmode.Simple or ClientTLSSettings.Types.TLSmode.Mutual)
        {
            IstioMetadata.Set(cluster, "alpn_override", Value.ForString("false"));
        }
    }

    private OutboundCluster Encode(Cluster cluster, HttpOptions http, string subset)
    {
        http.ApplyTo(cluster);
        var usesEds = cluster.EdsClusterConfig is not null;
        var resource = XdsResource.Create(TypeUrls.Cluster, cluster.Name, cluster);
        if (usesEds)
        {
            // A cluster that is replaced becomes warm when its endpoints come again.
            resource = new XdsResource(resource.TypeUrl, resource.Name, resource.Version, resource.Body)
            {
                Dependents = [new XdsResourceName(TypeUrls.ClusterLoadAssignment, cluster.Name)],
            };
        }
        return new OutboundCluster(resource, subset, usesEds, _sniDnat);
    }

    /// <summary>What the service's workloads demand, as far as a client can know without looking at each.</summary>
    private MutualTlsMode ServiceMode(Service service, ServicePort port, TrafficPolicy? policy)
    {
        if (service.MeshExternal)
        {
            return MutualTlsMode.Unknown;
        }
        var passthrough = service.Resolution == Resolution.Passthrough
            || policy?.LoadBalancer?.Simple == LoadBalancerSettings.Types.SimpleLB.Passthrough;
        if (passthrough && !_model.Endpoints.AllMutualTls(_context, service.Key, port.Name))
        {
            return MutualTlsMode.Disable;
        }
        var mode = _model.PeerAuthentications.NamespaceMode(_context, service.Namespace);
        return mode == MutualTlsMode.Unknown ? MutualTlsMode.Permissive : mode;
    }

    private Cluster.Types.DiscoveryType DiscoveryOf(Service service)
    {
        return service.Resolution switch
        {
            Resolution.Dns => Cluster.Types.DiscoveryType.StrictDns,
            Resolution.DnsRoundRobin => Cluster.Types.DiscoveryType.LogicalDns,
            // A gateway has no original destination.
            Resolution.Passthrough when _client.Type != ProxyType.Router
                && !(service.Registry == ServiceRegistry.Kubernetes
                && _model.Options.IsOn("PILOT_ENABLE_EDS_FOR_HEADLESS_SERVICES", false))
                => Cluster.Types.DiscoveryType.OriginalDst,
            _ => Cluster.Types.DiscoveryType.Eds,
        };
    }

    private string NameOf(Service service, ServicePort port, string subset) => _sniDnat
        ? ClusterNames.Sni(port.Number, subset, service.Hostname)
        : ClusterNames.Outbound(port.Number, subset, service.Hostname);

    private string? StatName(Service service, ServicePort port, string subset)
        => StatNames.Of(_mesh.OutboundClusterStatName, service, port, subset, 0);

    private Cluster.Types.DnsLookupFamily LookupFamily() => FixedClusters.LookupFamily(_client.IpFamilies);
}
