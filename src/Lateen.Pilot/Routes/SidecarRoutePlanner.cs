using Lateen.Pilot.Graph;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Routes;

/// <summary>Decides which rules and services make the virtual hosts of one outbound port.</summary>
/// <param name="rules">Rules in their order of precedence.</param>
/// <param name="services">Services by lower-case host.</param>
/// <param name="port">The port; 0 for all.</param>
/// <param name="routesOf">The routes of a rule at the port.</param>
/// <param name="defaultOf">The route of a service port without rules.</param>
internal sealed class SidecarRoutePlanner(
    EquatableArray<VirtualServiceListing> rules,
    SortedDictionary<string, Service> services,
    int port,
    Func<ObjectKey, EncodedRoutes> routesOf,
    Func<string, int, EncodedRoutes> defaultOf)
{
    private const int HttpPort = 80;

    private readonly string[] _wildcards = [.. services.Keys.Where(HostNames.IsWildcard)];

    /// <summary>Plans for rules in their order, then for services that no rule speaks of.</summary>
    internal List<VirtualHostPlan> Plan()
    {
        var plans = new List<VirtualHostPlan>();
        foreach (var rule in rules.Items.Where(Selected))
        {
            plans.AddRange(OfRule(rule));
        }
        var handled = plans.SelectMany(plan => plan.Services).Select(service => service.Hostname)
            .ToHashSet(StringComparer.Ordinal);
        foreach (var service in services.Values.Where(service =>
            service.Resolution != Resolution.Alias && !handled.Contains(service.Hostname)))
        {
            foreach (var servicePort in service.Ports.Where(candidate => IsHttpOrSniffed(candidate.Protocol)))
            {
                plans.Add(new VirtualHostPlan(
                    servicePort.Number, [service], [], defaultOf(service.Hostname, servicePort.Number)));
            }
        }
        return plans;
    }

    /// <summary>On any port but 80 a rule must speak of a service that is there.</summary>
    private bool Selected(VirtualServiceListing rule)
    {
        return port == HttpPort || rule.Hosts.Items.Any(host => Known(host.ToLowerInvariant()));

        bool Known(string host)
        {
            return services.ContainsKey(host) || (HostNames.IsWildcard(host)
                ? services.Keys.Any(known => HostNames.Overlap(host, known))
                : _wildcards.Any(known => HostNames.Overlap(host, known)));
        }
    }

    private IEnumerable<VirtualHostPlan> OfRule(VirtualServiceListing rule)
    {
        var routes = rule.Hosts.IsEmpty ? EncodedRoutes.None : routesOf(rule.Key);
        if (routes.Count == 0)
        {
            yield break;
        }
        var hosts = new List<string>();
        var matching = new List<Service>();
        foreach (var host in rule.Hosts)
        {
            Sort(rule, host, hosts, matching);
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
    private void Sort(VirtualServiceListing rule, string host, List<string> hosts, List<Service> matching)
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
        matching.AddRange(covered.Where(service => MostSpecific(service.Hostname) == rule
            && !matching.Contains(service)));
    }

    /// <summary>The rule whose host fits the service best; of equal ones the first.</summary>
    private VirtualServiceListing? MostSpecific(string hostname)
    {
        VirtualServiceListing? best = null;
        var bestHost = "";
        foreach (var rule in rules)
        {
            foreach (var host in rule.Hosts.Items.Where(host => HostNames.SubsetOf(hostname, host)))
            {
                if (best is null || HostNames.CompareSpecificity(host, bestHost) < 0)
                {
                    (best, bestHost) = (rule, host);
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
