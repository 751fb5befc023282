using Envoy.Config.Core.V3;
using Envoy.Config.Listener.V3;
using Lateen.Pilot.Model;
using TlsMode = Istio.Networking.V1Alpha3.ServerTLSSettings.Types.TLSmode;

namespace Lateen.Pilot.Listeners;

/// <summary>Listeners of a gateway: one per address and port of its servers.</summary>
internal static class GatewayListeners
{
    private const int FirstUnprivilegedPort = 1024;

    /// <summary>All of them, by name. A listener without any chain opens no port.</summary>
    internal static IEnumerable<Listener> Build(TrafficContext context)
    {
        var entries = new SortedDictionary<string, OutboundEntry>(StringComparer.Ordinal);
        var claimed = new Dictionary<(int Port, string Bind), HashSet<string>>();
        foreach (var port in context.Gateways?.Ports ?? [])
        {
            if (context.Proxy.Settings.UnprivilegedPod && port.Number < FirstUnprivilegedPort)
            {
                continue;
            }
            var bind = port.Bind.Length > 0 ? port.Bind : Wildcard(context.Proxy);
            var name = Addresses.ListenerName(bind, port.Number);
            if (!entries.TryGetValue(name, out var entry))
            {
                entries[name] = entry = new OutboundEntry([bind], port.Number, bindToPort: true);
            }
            entry.Chains.AddRange(Chains(context, port, name, claimed));
        }
        return entries.Values.Where(entry => entry.Chains.Count > 0).Select(entry => Write(context, entry));
    }

    /// <summary>A gateway on the machine's loopback shares the ports of the machine with others: only its own address
    /// is its own.</summary>
    private static string Wildcard(ProxyGroup gateway) =>
        gateway.Addresses.Items.FirstOrDefault() is { } own && Proxy.IsOwnLoopback(own) ? own
            : Addresses.Wildcard(gateway.IpFamilies);

    private static Listener Write(TrafficContext context, OutboundEntry entry)
    {
        var listener = new Listener
        {
            Name = Addresses.ListenerName(entry.Binds[0], entry.Port),
            Address = Addresses.Of(entry.Binds[0], entry.Port),
            TrafficDirection = TrafficDirection.Outbound,
            MaxConnectionsToAcceptPerSocketEvent = 1,
            AccessLog = { AccessLogs.ForListener(context.Mesh) },
            FilterChains = { entry.Chains.Select(chain => OutboundListenerWriter.Write(context, chain)) },
        };
        if (context.ProxyConfig?.GatewayTopology?.ProxyProtocol is not null)
        {
            listener.ListenerFilters.Add(ListenerFilters.ProxyProtocol());
        }
        if (entry.Chains.Exists(chain => chain.ServerNames.Count > 0 || chain.Tls is not null))
        {
            listener.ListenerFilters.Add(ListenerFilters.TlsInspector());
        }
        return listener;
    }

    private static IEnumerable<OutboundChain> Chains(TrafficContext context, GatewayPort port, string listener,
        Dictionary<(int, string), HashSet<string>> claimed)
    {
        if (port.Protocol.IsHttp())
        {
            yield return Http(context, port.Servers[0], listener);
            yield break;
        }
        foreach (var server in port.Servers)
        {
            if (server.EndsHttps)
            {
                yield return Http(context, server, listener);
                continue;
            }
            foreach (var chain in server.IsPassthrough
                ? Passthrough(context, server, claimed) : Opaque(context, server))
            {
                yield return chain;
            }
        }
    }

    private static OutboundChain Http(TrafficContext context, GatewayServer server, string listener)
    {
        var ends = server.EndsHttps;
        return new OutboundChain
        {
            ServerNames = ends ? server.ServerNames : [],
            Tls = ends ? DownstreamTls.Socket(DownstreamTls.Declared(context, server.Spec.Tls, opaque: false)) : null,
            Http = new HttpConnectionManagerOptions
            {
                Side = ListenerClass.Gateway,
                StatPrefix = ends && server.Spec.Name.Length > 0 ? server.Spec.Name : $"outbound_{listener};",
                RouteConfigName = server.RouteName,
                Protocol = server.Protocol,
            },
        };
    }

    /// <summary>Opaque bytes, plain or after TLS, to the first tcp rule that applies; without one there is no
    /// chain.</summary>
    private static IEnumerable<OutboundChain> Opaque(TrafficContext context, GatewayServer server)
    {
        var port = server.Spec.Port.Number;
        foreach (var config in context.VirtualServicesOf(server.Gateway))
        {
            if (GatewayHosts.Common(server, config).Count == 0)
            {
                continue;
            }
            var rule = config.Spec.Tcp.FirstOrDefault(rule => rule.Route.Count > 0 && (rule.Match.Count == 0
                || rule.Match.Any(match =>
                    L4Conditions.HoldAtGateway(match.Gateways, match.Port, server.Gateway, port))));
            if (rule is null)
            {
                continue;
            }
            var ends = server.Spec.Tls is not null;
            yield return new OutboundChain
            {
                ServerNames = ends ? server.ServerNames : [],
                Tls = ends
                    ? DownstreamTls.Socket(DownstreamTls.Declared(
                        context, server.Spec.Tls!, opaque: server.Protocol == Protocol.Tls)) : null,
                Filters = TcpFilters.ForRoutes(context, config, rule.Route, (int)port, server.Protocol,
                    exchangesMetadata: server.Spec.Tls?.Mode == TlsMode.IstioMutual),
            };
            yield break;
        }
    }

    private static IEnumerable<OutboundChain> Passthrough(TrafficContext context, GatewayServer server,
        Dictionary<(int, string), HashSet<string>> claimed)
    {
        if (server.Spec.Tls.Mode == TlsMode.AutoPassthrough)
        {
            return AutoPassthroughChains.Build(context, server);
        }
        var key = (server.ListenPort, server.Spec.Bind);
        if (!claimed.TryGetValue(key, out var names))
        {
            claimed[key] = names = new HashSet<string>(StringComparer.Ordinal);
        }
        return ByServerName(context, server, names);
    }

    private static IEnumerable<OutboundChain> ByServerName(TrafficContext context, GatewayServer server,
        HashSet<string> claimed)
    {
        var port = server.Spec.Port.Number;
        foreach (var config in context.VirtualServicesOf(server.Gateway))
        {
            if (GatewayHosts.Common(server, config).Count == 0)
            {
                continue;
            }
            foreach (var rule in config.Spec.Tls.Where(rule => rule.Route.Count > 0))
            {
                foreach (var match in rule.Match.Where(match =>
                    L4Conditions.HoldAtGateway(match.Gateways, match.Port, server.Gateway, port)))
                {
                    // Two chains for one server name would make the listener invalid; the first keeps it.
                    if (match.SniHosts.Any(claimed.Contains))
                    {
                        continue;
                    }
                    claimed.UnionWith(match.SniHosts);
                    yield return new OutboundChain
                    {
                        ServerNames = [.. match.SniHosts],
                        Filters = TcpFilters.ForRoutes(context, config, rule.Route, (int)port, server.Protocol),
                    };
                }
            }
        }
    }
}
