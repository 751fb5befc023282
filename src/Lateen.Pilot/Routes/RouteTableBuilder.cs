using Lateen.Pilot.Model;

namespace Lateen.Pilot.Routes;

/// <summary>Makes the virtual hosts of one outbound port out of plans.</summary>
internal sealed class RouteTableBuilder
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly ILookup<string, string> _aliases;
    private readonly List<VirtualHostEntry> _entries = [];

    /// <summary>Writes the plans.</summary>
    /// <param name="client">The client; its search domain has no namespace.</param>
    /// <param name="plans">In the order in which they take domains.</param>
    /// <param name="aliases">Services that stand for others, whatever their ports.</param>
    /// <param name="port">The port of the route configuration; 0 for all.</param>
    internal RouteTableBuilder(
        ProxyGroup client, List<VirtualHostPlan> plans, IEnumerable<Service> aliases, int port)
    {
        Domains = new TableDomains(client, port);
        _aliases = aliases.ToLookup(service => service.ExternalName, service => service.Hostname,
            StringComparer.Ordinal);
        foreach (var plan in plans)
        {
            foreach (var service in plan.Services)
            {
                Domains.Know(service.Hostname, plan.Port);
            }
        }
        foreach (var plan in plans)
        {
            Write(plan);
        }
    }

    /// <summary>Who has which domain.</summary>
    internal TableDomains Domains { get; }

    /// <summary>The virtual hosts, by name.</summary>
    internal IReadOnlyList<VirtualHostEntry> Entries
        => [.. _entries.Where(entry => entry.Domains.Count > 0).OrderBy(entry => entry.Name, StringComparer.Ordinal)];

    private void Write(VirtualHostPlan plan)
    {
        foreach (var host in plan.Hosts.Select(host => host.ToLowerInvariant()))
        {
            var name = VirtualHostDomains.Name(host, plan.Port);
            if (_names.Add(name))
            {
                _entries.Add(new VirtualHostEntry(
                    name, plan.Port, null, [], Domains.Take(host, plan.Port), plan.Routes));
            }
        }
        foreach (var service in plan.Services)
        {
            var name = VirtualHostDomains.Name(service.Hostname, plan.Port);
            if (_names.Add(name))
            {
                var aliases = _aliases[service.Hostname].ToList();
                _entries.Add(new VirtualHostEntry(
                    name, plan.Port, service, aliases, Domains.Take(service, aliases, plan.Port), plan.Routes));
            }
        }
    }
}
