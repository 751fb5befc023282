using System.Net;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Routes;

/// <summary>The Host headers by which a service may be called from a proxy.</summary>
internal static class VirtualHostDomains
{
    private const string ServiceMark = ".svc.";

    /// <summary>
    /// Names and addresses of a service: the full name first, then the shorter forms that resolve where the proxy is,
    /// for a headless service any name below them, then addresses.
    /// </summary>
    /// <param name="service">The service.</param>
    /// <param name="aliases">Further host names that stand for it.</param>
    /// <param name="dnsDomain">Search domain of the proxy.</param>
    /// <param name="addresses">Addresses of the service as the proxy sees them.</param>
    internal static List<string> OfService(Service service, IEnumerable<string> aliases, string dnsDomain,
        IEnumerable<string> addresses)
    {
        var domains = new List<string>();
        foreach (var host in aliases.Prepend(service.Hostname))
        {
            domains.Add(Bracketed(host));
            domains.AddRange(AlternatesOf(host, dnsDomain));
        }
        if (service is { Resolution: Resolution.Passthrough, Registry: ServiceRegistry.Kubernetes })
        {
            domains.AddRange(domains.Select(domain => "*." + domain).ToArray());
        }
        domains.AddRange(addresses.Where(address => address != "0.0.0.0").Select(Bracketed));
        return domains;
    }

    /// <summary>Other forms of a host name; the absolute one ends with a dot.</summary>
    internal static IEnumerable<string> AlternatesOf(string host, string dnsDomain)
    {
        if (!IPAddress.TryParse(host, out _))
        {
            yield return host + ".";
        }
        var mark = dnsDomain.IndexOf(ServiceMark, StringComparison.Ordinal);
        var end = host.IndexOf(ServiceMark, StringComparison.Ordinal);
        if (mark < 0 || end <= 0 || !host.EndsWith(dnsDomain[mark..], StringComparison.Ordinal))
        {
            yield break;
        }
        var dot = host.IndexOf('.', StringComparison.Ordinal);
        if (dot + 1 > end)
        {
            yield break;
        }
        if (host[(dot + 1)..end] == dnsDomain[..mark])
        {
            yield return host[..dot];
        }
        yield return host[..end] + ".svc";
        yield return host[..end];
    }

    /// <summary>The name of a virtual host: host and port.</summary>
    internal static string Name(string host, int port)
    {
        return $"{Bracketed(host)}:{port}";
    }

    /// <summary>An IPv6 address stands in brackets in a Host header.</summary>
    internal static string Bracketed(string host)
    {
        return host.Contains(':', StringComparison.Ordinal) && IPAddress.TryParse(host, out _) ? $"[{host}]" : host;
    }
}
