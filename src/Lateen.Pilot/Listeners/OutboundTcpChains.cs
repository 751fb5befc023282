using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Model;
using Lateen.Pilot.Routes;

namespace Lateen.Pilot.Listeners;

/// <summary>Chains for opaque bytes to a service: the tcp or tls rules for it, and the service itself.</summary>
internal static class OutboundTcpChains
{
    /// <summary>The chains; rules first.</summary>
    internal static List<OutboundChain> Build(TrafficContext context, OutboundTarget target)
    {
        var rules = target.VirtualServices.Where(config =>
            config.Spec.Hosts.Any(host => HostNames.Overlap(host, target.Service.Hostname))).ToList();
        return target.Protocol.IsTls() ? Tls(context, target, rules) : Tcp(context, target, rules);
    }

    private static List<OutboundChain> Tls(TrafficContext context, OutboundTarget target,
        List<VirtualServiceConfig> rules)
    {
        var chains = new List<OutboundChain>();
        var destinations = target.Destinations;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var config in rules)
        {
            foreach (var rule in config.Spec.Tls.Where(rule => rule.Route.Count > 0))
            {
                foreach (var match in rule.Match.Where(match => L4Conditions.Hold(match, context.Proxy, target.Port)))
                {
                    if (match.DestinationSubnets.Count > 0 && target.Port > 0)
                    {
                        destinations = [.. match.DestinationSubnets];
                    }
                    // Only what a connection shows can tell two matches apart; the first of equal ones wins.
                    if (seen.Add($"{string.Join(',', match.SniHosts)}|{string.Join(',', match.DestinationSubnets)}"))
                    {
                        chains.Add(new OutboundChain
                        {
                            ServerNames = [.. match.SniHosts],
                            Destinations = destinations,
                            Metadata = ConfigMetadata.OfVirtualService(config),
                            Filters = TcpFilters.ForRoutes(context, config, rule.Route, target.Port, target.Protocol),
                        });
                    }
                }
            }
        }
        if (chains.Count == 0)
        {
            chains.Add(Default(context, target, target.Destinations, DefaultServerNames(context, target)));
        }
        return chains;
    }

    /// <summary>
    /// The server name is only asked for where the address does not tell the service: on a wildcard listener, or behind
    /// a range of addresses.
    /// </summary>
    private static List<string> DefaultServerNames(TrafficContext context, OutboundTarget target)
    {
        var address = ServiceAddresses.Primary(target.Service, context.Proxy);
        var wildcard = Addresses.Wildcard(context.Proxy.IpFamilies);
        var shared = target.Destinations.Count > 0 || address.Contains('/', StringComparison.Ordinal)
            || (address == wildcard && target.Bind == wildcard);
        return shared ? [target.Service.Hostname] : [];
    }

    private static List<OutboundChain> Tcp(TrafficContext context, OutboundTarget target,
        List<VirtualServiceConfig> rules)
    {
        var chains = new List<OutboundChain>();
        foreach (var config in rules)
        {
            foreach (var rule in config.Spec.Tcp.Where(rule => rule.Route.Count > 0))
            {
                if (AddTcp(context, target, config, rule, chains))
                {
                    return chains;
                }
            }
        }
        chains.Add(Default(context, target, target.Destinations, []));
        return chains;
    }

    /// <summary>Adds the chain of a rule; true when nothing after it could be reached.</summary>
    private static bool AddTcp(TrafficContext context, OutboundTarget target, VirtualServiceConfig config,
        TCPRoute rule, List<OutboundChain> chains)
    {
        var matches = rule.Match.Where(match => L4Conditions.Hold(match, context.Proxy, target.Port)).ToList();
        if (rule.Match.Count > 0 && matches.Count == 0)
        {
            return false;
        }
        var any = rule.Match.Count == 0 || target.Port == 0
            || matches.Any(match => match.DestinationSubnets.Count == 0);
        var subnets = matches.SelectMany(match => match.DestinationSubnets).ToList();
        chains.Add(new OutboundChain
        {
            Destinations = any ? target.Destinations : subnets,
            Metadata = any ? ConfigMetadata.OfVirtualService(config) : null,
            Filters = TcpFilters.ForRoutes(context, config, rule.Route, target.Port, target.Protocol),
        });
        return any || subnets.Order(StringComparer.Ordinal).SequenceEqual(
            target.Destinations.Order(StringComparer.Ordinal));
    }

    private static OutboundChain Default(TrafficContext context, OutboundTarget target,
        IReadOnlyList<string> destinations, IReadOnlyList<string> serverNames)
    {
        var service = target.Service;
        // A port that only a Sidecar knows leads to the only port of the service, if there is just one.
        var port = service.Ports.Count == 1 ? service.Ports[0].Number : target.Port;
        var cluster = ClusterNames.Outbound(port, "", service.Hostname);
        return new OutboundChain
        {
            ServerNames = serverNames,
            Destinations = destinations,
            Filters = TcpFilters.ForCluster(context, cluster, "", context.FindRule(service.Hostname), target.Protocol),
        };
    }
}
