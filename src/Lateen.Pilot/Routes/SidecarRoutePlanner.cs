using Lateen.Pilot.Listeners;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Routes;

/// <summary>Decides which rules and services make the virtual hosts of one outbound port.</summary>
internal sealed class SidecarRoutePlanner(
    TrafficContext context, EgressListener egress, SortedDictionary<string, Service> services, int port)
{
    private const int HttpPort = 80;

    /// <summary>Plans for rules in their order, then for services that no rule speaks of.</summary>
    internal List<VirtualHostPlan> Plan()
    {
        var plans = new List<VirtualHostPlan>();
        var scope = Scope(port);
        foreach (var config in egress.VirtualServices.Where(Selected))
        {
            plans.AddRange(OfRule(config, scope));
        }
        var handled = plans.SelectMany(plan => plan.Services).Select(service => service.Hostname)
            .ToHashSet(StringComparer.Ordinal);
        foreach (var service in services.Values.Where(service =>
            service.Resolution != Resolution.Alias && !handled.Contains(service.Hostname)))
        {
            foreach (var servicePort in service.Ports.Where(candidate => IsHttpOrSniffed(candidate.Protocol)))
            {
                var route = RouteTranslation.DefaultOutbound(service.Hostname, servicePort.Number, scope);
                plans.Add(new VirtualHostPlan(servicePort.Number, [service], [], [route]));
            }
        }
        return plans;
    }

    private RouteScope Scope(int listenerPort)
    {
        return new RouteScope
        {
            Namespace = context.Proxy.Namespace,
            Labels = context.Proxy.Labels,
            Gateway = VirtualServiceConfig.MeshGateway,
            Port = listenerPort,
            DefaultRetry = context.Mesh.DefaultHttpRetryPolicy,
            FindService = host => services.GetValueOrDefault(host),
            FindRule = context.FindRule,
        };
    }

    /// <summary>On any port but 80 a rule must speak of a service that is there.</summary>
    private bool Selected(VirtualServiceConfig config)
    {
        return port == HttpPort || config.Spec.Hosts.Any(host => Known(host.ToLowerInvariant()));

        bool Known(string host)
        {
            return services.ContainsKey(host) || (HostNames.IsWildcard(host)
                ? services.Keys.Any(known => HostNames.Overlap(host, known))
                : services.Keys.Any(known => HostNames.IsWildcard(known) && HostNames.Overlap(host, known)));
        }
    }

    private IEnumerable<VirtualHostPlan> OfRule(VirtualServiceConfig config, RouteScope scope)
    {
        var routes = RouteTranslation.Translate(config, scope);
        if (routes.Count == 0)
        {
            yield break;
        }
        var hosts = new List<string>();
        var matching = new List<Service>();
        foreach (var host in config.Spec.Hosts)
        {
            Sort(config, host, hosts, matching);
        }
        var byPort = matching.SelectMany(service => service.Ports
                .Where(candidate => IsHttpOrSniffed(candidate.Protocol))
                .Select(candidate => (candidate.Number, Service: service)))
            .GroupBy(pair => pair.Number, pair => pair.Service)
            .ToList();
        foreach (var group in byPort)
        {
            yield return new VirtualHostPlan(group.Key, [.. group], hosts, routes);
        }
        // Hosts without any service are still reached on the port of plain HTTP.
        if (byPort.Count == 0 && port == HttpPort)
        {
            yield return new VirtualHostPlan(HttpPort, [], hosts, routes);
        }
    }

    /// <summary>A host is a service, a wildcard over services, or a name that nothing else knows.</summary>
    private void Sort(VirtualServiceConfig config, string host, List<string> hosts, List<Service> matching)
    {
        var name = host.ToLowerInvariant();
        if (!HostNames.IsWildcard(name))
        {
            if (services.TryGetValue(name, out var service))
            {
                matching.Add(service);
            }
            else
            {
                hosts.Add(host);
            }
            return;
        }
        var covered = services.Values.Where(service => HostNames.Overlap(service.Hostname, name)).ToList();
        if (covered.Count == 0)
        {
            hosts.Add(name);
        }
        matching.AddRange(covered.Where(service => MostSpecific(service.Hostname) == config
            && !matching.Contains(service)));
    }

    /// <summary>The rule whose host fits the service best; of equal ones the first.</summary>
    private VirtualServiceConfig? MostSpecific(string hostname)
    {
        VirtualServiceConfig? best = null;
        var bestHost = "";
        foreach (var config in egress.VirtualServices)
        {
            foreach (var host in config.Spec.Hosts.Where(host => HostNames.SubsetOf(hostname, host)))
            {
                if (best is null || HostNames.CompareSpecificity(host, bestHost) < 0)
                {
                    (best, bestHost) = (config, host);
                }
            }
        }
        return best;
    }

    private static bool IsHttpOrSniffed(Protocol protocol)
    {
        return protocol.IsHttp() || protocol.IsAuto();
    }
}
