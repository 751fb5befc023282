using Envoy.Config.Route.V3;
using Lateen.Pilot.Listeners;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Routes;

/// <summary>Writes the virtual hosts of one outbound port so that no domain occurs twice: the first one keeps
/// it.</summary>
internal sealed class VirtualHostWriter
{
    private const int HttpPort = 80;

    private readonly TrafficContext _context;
    private readonly int _port;
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly HashSet<string> _domains = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _knownHosts = new(StringComparer.Ordinal);
    private readonly ILookup<string, string> _aliases;
    private readonly Dictionary<int, List<VirtualHost>> _byPort = [];

    /// <summary>Writes the plans.</summary>
    /// <param name="context">What the proxy sees.</param>
    /// <param name="plans">In the order in which they take domains.</param>
    /// <param name="aliases">Services that stand for others, whatever their ports.</param>
    /// <param name="port">The port of the route configuration; 0 for all.</param>
    internal VirtualHostWriter(TrafficContext context, List<VirtualHostPlan> plans, IEnumerable<Service> aliases,
        int port)
    {
        _context = context;
        _port = port;
        _aliases = aliases.ToLookup(service => service.ExternalName, service => service.Hostname,
            StringComparer.Ordinal);
        foreach (var plan in plans)
        {
            foreach (var service in plan.Services)
            {
                _knownHosts.Add(service.Hostname);
                _knownHosts.Add(VirtualHostDomains.Name(service.Hostname, plan.Port));
            }
        }
        foreach (var plan in plans)
        {
            Write(plan);
        }
    }

    /// <summary>The virtual hosts of a port.</summary>
    internal List<VirtualHost> Write(int port)
    {
        return _byPort.GetValueOrDefault(port, []);
    }

    /// <summary>Those of all ports: a host without a port means port 80.</summary>
    internal List<VirtualHost> WriteAll()
    {
        var all = new List<VirtualHost>();
        foreach (var (port, hosts) in _byPort)
        {
            foreach (var host in hosts)
            {
                if (port != HttpPort)
                {
                    var kept = host.Domains.Where(domain => domain.Contains(':', StringComparison.Ordinal)).ToList();
                    host.Domains.Clear();
                    host.Domains.Add(kept);
                }
                if (host.Domains.Count > 0)
                {
                    all.Add(host);
                }
            }
        }
        return all;
    }

    private void Write(VirtualHostPlan plan)
    {
        var hosts = _byPort.TryGetValue(plan.Port, out var known) ? known : _byPort[plan.Port] = [];
        foreach (var host in plan.Hosts.Select(host => host.ToLowerInvariant()))
        {
            Add(hosts, plan, host, [VirtualHostDomains.Bracketed(host)], []);
        }
        foreach (var service in plan.Services)
        {
            var aliases = _aliases[service.Hostname].ToList();
            var domains = VirtualHostDomains.OfService(service, aliases, _context.Proxy.DnsDomain,
                ServiceAddresses.All(service, _context.Proxy));
            var alternates = aliases.Prepend(service.Hostname)
                .SelectMany(host => VirtualHostDomains.AlternatesOf(host, _context.Proxy.DnsDomain));
            Add(hosts, plan, service.Hostname, domains, alternates.ToHashSet(StringComparer.Ordinal));
        }
    }

    private void Add(List<VirtualHost> hosts, VirtualHostPlan plan, string host, List<string> domains,
        HashSet<string> alternates)
    {
        var name = VirtualHostDomains.Name(host, plan.Port);
        if (!_names.Add(name))
        {
            return;
        }
        if (_port == 0)
        {
            // An explicit proxy is asked for any port, so that the port tells services apart.
            domains = [.. domains.SelectMany(domain => new[] { domain, $"{domain}:{plan.Port}" })];
        }
        // A short form never takes the place of a full name.
        var kept = domains.Where(domain => !(alternates.Contains(domain) && _knownHosts.Contains(domain))
            && _domains.Add(domain)).ToList();
        if (kept.Count == 0)
        {
            return;
        }
        hosts.Add(new VirtualHost
        {
            Name = name,
            Domains = { kept },
            Routes = { plan.Routes.Select(route => route.Clone()) },
            IncludeRequestAttemptCount = _context.Headers(ListenerClass.SidecarOutbound).AttemptCount,
        });
    }
}
