using Envoy.Config.Core.V3;
using Envoy.Config.Listener.V3;
using Envoy.Extensions.Filters.Network.TcpProxy.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Lateen.Pilot.Model;
using Lateen.Pilot.Routes;
using Lateen.Pilot.Security;

namespace Lateen.Pilot.Listeners;

/// <summary>Listeners for traffic to the workload: the captured one with a chain per port, and those that
/// bind.</summary>
internal static class InboundListeners
{
    /// <summary>All inbound listeners of a sidecar.</summary>
    internal static IEnumerable<Listener> Build(TrafficContext context)
    {
        var captured = new List<FilterChain>();
        var bound = new List<Listener>();
        foreach (var chain in InboundChains.Of(context))
        {
            var chains = Chains(context, chain);
            if (chain.BindToPort)
            {
                var name = Addresses.ListenerName(chain.Bind, chain.TargetPort);
                bound.Add(Build(context, name, chain.Bind, chain.TargetPort, bindToPort: true, chains));
            }
            else
            {
                captured.AddRange(chains);
            }
        }
        if (context.Proxy.Settings.InterceptionMode != InterceptionMode.None)
        {
            var port = context.Mesh.ProxyInboundListenPort;
            var listener = Build(context, ListenerNames.VirtualInbound, context.Wildcards[0],
                port, bindToPort: false, [.. Passthrough(context), .. captured]);
            listener.AdditionalAddresses.Add(Addresses.Additional(context.Wildcards, port));
            yield return listener;
        }
        foreach (var own in bound)
        {
            yield return own;
        }
    }

    private static Listener Build(TrafficContext context, string name, string bind, int port, bool bindToPort,
        List<FilterChain> chains)
    {
        var tproxy = !bindToPort && context.Proxy.Settings.InterceptionMode == InterceptionMode.Tproxy;
        var listener = new Listener
        {
            Name = name,
            Address = Addresses.Of(bind, port),
            TrafficDirection = TrafficDirection.Inbound,
            ContinueOnListenerFiltersTimeout = true,
            MaxConnectionsToAcceptPerSocketEvent = 1,
            ListenerFiltersTimeout = context.Mesh.ProtocolDetectionTimeout ?? Durations.Zero(),
            Transparent = tproxy ? true : null,
            AccessLog = { AccessLogs.ForListener(context.Mesh) },
            FilterChains = { chains },
        };
        if (!bindToPort)
        {
            listener.ListenerFilters.Add(ListenerFilters.OriginalDst());
        }
        if (tproxy)
        {
            listener.ListenerFilters.Add(ListenerFilters.OriginalSrc());
        }
        listener.ListenerFilters.Add(InboundInspectors.For(chains));
        return listener;
    }

    /// <summary>What is not addressed to a known port: refused on the capture port itself, else passed on.</summary>
    private static IEnumerable<FilterChain> Passthrough(TrafficContext context)
    {
        yield return BlackHole(context);
        var modes = context.PeerAuthentication;
        var known = InboundChains.Of(context).Select(chain => chain.TargetPort).ToHashSet();
        foreach (var port in modes.Ports.Select(pair => pair.Key).Where(port => !known.Contains(port)).Prepend(0))
        {
            var chain = new InboundChain
            {
                TargetPort = port,
                Protocol = Protocol.Auto,
                Cluster = ClusterNames.InboundPassthrough,
                Bind = Addresses.Wildcard(context.Proxy.IpFamilies),
                Passthrough = true,
            };
            foreach (var result in Chains(context, chain))
            {
                yield return result;
            }
        }
    }

    private static FilterChain BlackHole(TrafficContext context)
    {
        var chain = new FilterChain
        {
            Name = ListenerNames.VirtualInboundBlackHole,
            FilterChainMatch = new FilterChainMatch { DestinationPort = (uint)context.Mesh.ProxyInboundListenPort },
        };
        AddMetadataExchange(context, chain);
        if (context.HasStats)
        {
            chain.Filters.Add(NetworkFilters.StatsInbound);
        }
        chain.Filters.Add(NetworkFilters.TcpProxy(
            new TcpProxy { Cluster = ClusterNames.BlackHole, StatPrefix = ClusterNames.BlackHole }));
        return chain;
    }

    private static List<FilterChain> Chains(TrafficContext context, InboundChain chain)
    {
        var mode = context.PeerAuthentication.ForPort(chain.TargetPort);
        InboundChainMatch[] matches;
        DownstreamTlsContext? declared = null;
        if (chain.Tls is not null && mode == MutualTlsMode.Disable)
        {
            matches = InboundChainMatch.ForDeclaredTls(chain.Protocol);
            declared = DownstreamTls.Declared(context, chain.Tls, opaque: false);
        }
        else
        {
            matches = InboundChainMatch.For(mode, chain.Protocol, context.PlaintextHttpAlpn);
        }
        return [.. matches.Select(match => Build(context, chain, match, declared))];
    }

    private static FilterChain Build(TrafficContext context, InboundChain chain, InboundChainMatch match,
        DownstreamTlsContext? declared)
    {
        var result = new FilterChain
        {
            Name = chain.Name(match.Http),
            FilterChainMatch = new FilterChainMatch
            {
                TransportProtocol = match.Transport,
                ApplicationProtocols = { match.Alpn },
                DestinationPort = chain.TargetPort > 0 ? (uint)chain.TargetPort : null,
            },
            Metadata = chain.FromSidecar
                ? ConfigMetadata.OfSidecar(context.SidecarNamespace, context.SidecarName) : null,
        };
        if (match.Terminates)
        {
            result.TransportSocket = DownstreamTls.Socket(
                declared ?? DownstreamTls.Mesh(context, match.Http ? Alpn.ServerHttp : Alpn.ServerTcp));
        }
        AddMetadataExchange(context, result);
        if (match.Http)
        {
            result.Filters.Add(Http(context, chain));
        }
        else
        {
            AddTcp(context, chain, result);
        }
        return result;
    }

    private static Filter Http(TrafficContext context, InboundChain chain)
    {
        return NetworkFilters.HttpConnectionManager(HttpConnectionManagers.Build(context,
            new HttpConnectionManagerOptions
            {
                Side = ListenerClass.SidecarInbound,
                StatPrefix = chain.StatPrefix,
                Protocol = chain.Protocol,
                RouteConfig = InboundRoutes.Build(
                    chain.Cluster, chain.Host, chain.ServicePort, chain.Protocol,
                    context.Mesh.DefaultInboundHttpRetryPolicy),
            }));
    }

    private static void AddTcp(TrafficContext context, InboundChain chain, FilterChain result)
    {
        result.Filters.Add(ExternalAuthorizationFilters.ForTcp(context));
        result.Filters.Add(AuthorizationFilters.ForTcp(context.Authorization, context.TrustDomains));
        if (context.HasStats)
        {
            result.Filters.Add(NetworkFilters.StatsInbound);
        }
        if (chain.Protocol == Protocol.Mongo)
        {
            result.Filters.Add(NetworkFilters.MongoProxy(chain.Cluster));
        }
        result.Filters.Add(NetworkFilters.TcpProxy(new TcpProxy
        {
            Cluster = chain.Cluster,
            StatPrefix = chain.Cluster,
            IdleTimeout = context.IdleTimeout,
            AccessLog = { AccessLogs.ForTraffic(context.Mesh) },
        }));
    }

    private static void AddMetadataExchange(TrafficContext context, FilterChain chain)
    {
        if (context.Has(IstioFilters.MetadataExchange))
        {
            chain.Filters.Add(NetworkFilters.MetadataExchange);
        }
    }
}
