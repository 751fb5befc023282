using Lateen.Pilot.Listeners;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Routes;

/// <summary>
/// Hands out the domains of one route table so that none occurs twice: the first virtual host keeps it, and a short
/// form never takes the place of a full name.
/// </summary>
/// <param name="client">The client; its search domain has no namespace.</param>
/// <param name="port">The port of the route configuration; 0 for all.</param>
internal sealed class TableDomains(ProxyGroup client, int port)
{
    private const int HttpPort = 80;

    private readonly HashSet<string> _taken = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    /// <summary>Notes the full name of a service before any domain is handed out.</summary>
    internal void Know(string host, int servicePort)
    {
        _known.Add(host);
        _known.Add(VirtualHostDomains.Name(host, servicePort));
    }

    /// <summary>Takes the domain of a host that no service stands for; empty when it is taken.</summary>
    internal List<string> Take(string host, int servicePort)
        => Seen([.. Expand([VirtualHostDomains.Bracketed(host)], servicePort).Where(_taken.Add)], servicePort);

    /// <summary>Takes the domains of a service.</summary>
    internal List<string> Take(Service service, IReadOnlyList<string> aliases, int servicePort)
    {
        var alternates = Alternates(service, aliases, client.DnsDomain);
        return Seen([.. Candidates(service, aliases, servicePort, client.DnsDomain)
            .Where(domain => !(alternates.Contains(domain) && _known.Contains(domain)) && _taken.Add(domain))],
            servicePort);
    }

    /// <summary>
    /// The domains of a virtual host for a client of the service's own namespace: the same, and the short forms that
    /// resolve there, as far as nothing else has these names.
    /// </summary>
    internal List<string> ForNamespace(VirtualHostEntry entry, string @namespace)
    {
        var kept = entry.Domains.ToHashSet(StringComparer.Ordinal);
        var dnsDomain = @namespace + client.DnsDomain;
        var common = Candidates(entry.Service!, entry.Aliases, entry.Port, client.DnsDomain)
            .ToHashSet(StringComparer.Ordinal);
        var alternates = Alternates(entry.Service!, entry.Aliases, dnsDomain);
        return Seen([.. Candidates(entry.Service!, entry.Aliases, entry.Port, dnsDomain)
            .Where(domain => common.Contains(domain) ? kept.Contains(domain)
                : !_taken.Contains(domain) && !(alternates.Contains(domain) && _known.Contains(domain)))],
            entry.Port);
    }

    /// <summary>An explicit proxy is asked for any port, so that the port tells services apart; without a port, port 80
    /// is meant.</summary>
    private List<string> Seen(List<string> domains, int servicePort)
    {
        return port != 0 || servicePort == HttpPort ? domains
            : [.. domains.Where(domain => domain.Contains(':', StringComparison.Ordinal))];
    }

    private IEnumerable<string> Expand(IEnumerable<string> domains, int servicePort)
        => port != 0 ? domains : domains.SelectMany(domain => new[] { domain, $"{domain}:{servicePort}" });

    private IEnumerable<string> Candidates(
        Service service, IReadOnlyList<string> aliases, int servicePort, string dnsDomain)
    {
        return Expand(VirtualHostDomains.OfService(
            service, aliases, dnsDomain, ServiceAddresses.All(service, client)), servicePort);
    }

    private static HashSet<string> Alternates(Service service, IReadOnlyList<string> aliases, string dnsDomain)
    {
        return aliases.Prepend(service.Hostname)
            .SelectMany(host => VirtualHostDomains.AlternatesOf(host, dnsDomain)).ToHashSet(StringComparer.Ordinal);
    }
}
