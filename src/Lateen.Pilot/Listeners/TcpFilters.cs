using Envoy.Config.Listener.V3;
using Envoy.Extensions.Filters.Network.TcpProxy.V3;
using Envoy.Type.V3;
using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Model;
using Lateen.Pilot.Routes;
using Lateen.Pilot.Security;
using TunnelSettings = Istio.Networking.V1Alpha3.TrafficPolicy.Types.TunnelSettings;
using WeightedCluster = Envoy.Extensions.Filters.Network.TcpProxy.V3.TcpProxy.Types.WeightedCluster;

namespace Lateen.Pilot.Listeners;

/// <summary>Network filters of outbound and gateway chains that carry opaque bytes.</summary>
internal static class TcpFilters
{
    /// <summary>Filters for the destinations of a rule.</summary>
    /// <param name="context">For whom.</param>
    /// <param name="config">The rule's object.</param>
    /// <param name="routes">Its destinations, at least one.</param>
    /// <param name="port">Port of the listener.</param>
    /// <param name="protocol">Protocol of the listener.</param>
    /// <param name="exchangesMetadata">A gateway ends the mesh's mutual TLS here.</param>
    internal static List<Filter> ForRoutes(TrafficContext context, VirtualServiceConfig config,
        IReadOnlyList<RouteDestination> routes, int port, Protocol protocol, bool exchangesMetadata = false)
    {
        var first = routes[0].Destination;
        var service = context.FindService(first.Host);
        var rule = service is null ? null : context.FindRule(service.Hostname);
        if (routes.Count == 1)
        {
            var cluster = ClusterNames.OfDestination(first, service, port);
            return ForCluster(context, cluster, first.Subset, rule, protocol, exchangesMetadata);
        }
        var weighted = new WeightedCluster();
        foreach (var route in routes.Where(route => route.Weight > 0))
        {
            var name = ClusterNames.OfDestination(
                route.Destination, context.FindService(route.Destination.Host), port);
            weighted.Clusters.Add(
                new WeightedCluster.Types.ClusterWeight { Name = name, Weight = (uint)route.Weight });
        }
        var proxy = Proxy(context, rule, "", tunnels: true);
        proxy.StatPrefix = $"{config.Name}.{config.Namespace}";
        proxy.WeightedClusters = weighted;
        return Stack(context, proxy, protocol, exchangesMetadata);
    }

    /// <summary>Filters for one cluster.</summary>
    internal static List<Filter> ForCluster(TrafficContext context, string cluster, string subset,
        DestinationRule? rule, Protocol protocol, bool exchangesMetadata = false, bool tunnels = true,
        bool authorizes = true)
    {
        var proxy = Proxy(context, rule, subset, tunnels);
        proxy.StatPrefix = cluster;
        proxy.Cluster = cluster;
        return Stack(context, proxy, protocol, exchangesMetadata, authorizes);
    }

    /// <summary>Filters for traffic that no service stands for.</summary>
    internal static List<Filter> ForUnknown(TrafficContext context)
    {
        var policy = context.OutboundPolicy;
        var cluster = policy.Mode == OutboundPolicyMode.RegistryOnly ? ClusterNames.BlackHole
            : policy.EgressProxy is null ? ClusterNames.Passthrough
            : ClusterNames.OfDestination(policy.EgressProxy, null, 0);
        var filters = new List<Filter>();
        AddStats(context, filters);
        filters.Add(NetworkFilters.TcpProxy(new TcpProxy
        {
            Cluster = cluster,
            StatPrefix = cluster,
            IdleTimeout = context.IdleTimeout,
            AccessLog = { AccessLogs.ForTraffic(context.Mesh) },
        }));
        return filters;
    }

    /// <summary>Filters that refuse.</summary>
    internal static List<Filter> ForNothing(TrafficContext context)
    {
        var filters = new List<Filter>();
        AddStats(context, filters);
        filters.Add(NetworkFilters.TcpProxy(
            new TcpProxy { Cluster = ClusterNames.BlackHole, StatPrefix = ClusterNames.BlackHole }));
        return filters;
    }

    private static TcpProxy Proxy(TrafficContext context, DestinationRule? rule, string subset, bool tunnels)
    {
        var tcp = rule?.TrafficPolicy?.ConnectionPool?.Tcp;
        var proxy = new TcpProxy
        {
            IdleTimeout = tcp?.IdleTimeout ?? context.IdleTimeout,
            MaxDownstreamConnectionDuration = tcp?.MaxConnectionDuration,
            AccessLog = { AccessLogs.ForTraffic(context.Mesh) },
        };
        var chosen = rule?.Subsets.FirstOrDefault(candidate => candidate.Name == subset)?.TrafficPolicy;
        var balancer = chosen?.LoadBalancer ?? rule?.TrafficPolicy?.LoadBalancer;
        if (balancer?.ConsistentHash is { UseSourceIp: true })
        {
            proxy.HashPolicy.Add(new HashPolicy { SourceIp = new HashPolicy.Types.SourceIp() });
        }
        if (tunnels && (chosen is null ? rule?.TrafficPolicy?.Tunnel : chosen.Tunnel) is { } tunnel)
        {
            proxy.TunnelingConfig = Tunnel(tunnel);
        }
        return proxy;
    }

    private static TcpProxy.Types.TunnelingConfig Tunnel(TunnelSettings tunnel)
    {
        var host = tunnel.TargetHost.Contains(':', StringComparison.Ordinal)
            ? $"[{tunnel.TargetHost}]" : tunnel.TargetHost;
        return new TcpProxy.Types.TunnelingConfig
        {
            Hostname = $"{host}:{tunnel.TargetPort}",
            UsePost = tunnel.Protocol.Equals("POST", StringComparison.OrdinalIgnoreCase),
        };
    }

    private static List<Filter> Stack(TrafficContext context, TcpProxy proxy, Protocol protocol,
        bool exchangesMetadata, bool authorizes = true)
    {
        var filters = new List<Filter>();
        if (exchangesMetadata && context.Has(IstioFilters.MetadataExchange))
        {
            filters.Add(NetworkFilters.MetadataExchange);
        }
        if (authorizes && context.Proxy.Type == ProxyType.Router)
        {
            filters.AddRange(ExternalAuthorizationFilters.ForTcp(context));
            filters.AddRange(AuthorizationFilters.ForTcp(context.Authorization, context.TrustDomains));
        }
        AddStats(context, filters);
        if (protocol == Protocol.Mongo)
        {
            filters.Add(NetworkFilters.MongoProxy(proxy.StatPrefix));
        }
        filters.Add(NetworkFilters.TcpProxy(proxy));
        return filters;
    }

    private static void AddStats(TrafficContext context, List<Filter> filters)
    {
        if (context.HasStats)
        {
            filters.Add(context.Proxy.Type == ProxyType.Router
                ? NetworkFilters.StatsInbound : NetworkFilters.StatsOutbound);
        }
    }
}
