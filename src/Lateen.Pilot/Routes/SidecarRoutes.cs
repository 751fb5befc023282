using System.Globalization;
using Envoy.Config.Route.V3;
using Lateen.Pilot.Listeners;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Routes;

/// <summary>
/// Route configurations of a sidecar's outbound listeners: by port, by <c>host:port</c> for a sniffed port at an
/// address of its own, by path for a Unix socket, and for the explicit HTTP proxy.
/// </summary>
internal static class SidecarRoutes
{
    /// <summary>Route configuration of the explicit HTTP proxy.</summary>
    internal const string HttpProxyName = "http_proxy";

    private const uint MaxDirectResponseBody = 1024 * 1024;

    /// <summary>The configuration of this name; without virtual hosts when the name stands for nothing.</summary>
    internal static RouteConfiguration Build(TrafficContext context, string name)
    {
        var isUnix = name.StartsWith(Addresses.UnixPrefix, StringComparison.Ordinal);
        var colon = isUnix ? -1 : name.LastIndexOf(':');
        var known = int.TryParse(name[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port);
        if (!known && !isUnix && name != HttpProxyName)
        {
            return new RouteConfiguration { Name = name, ValidateClusters = false };
        }
        var configuration = new RouteConfiguration
        {
            Name = name,
            ValidateClusters = false,
            MaxDirectResponseBodySizeBytes = MaxDirectResponseBody,
            IgnorePortInHostMatching = true,
        };
        var hosts = EgressFor(context, name, port) is { } egress ? VirtualHosts(context, egress, port) : [];
        if (colon >= 0)
        {
            configuration.VirtualHosts.Add(Sniffed(hosts, name, name[..colon]));
            return configuration;
        }
        configuration.VirtualHosts.Add(hosts.OrderBy(host => host.Name, StringComparer.Ordinal));
        configuration.VirtualHosts.Add(CatchAllRoutes.VirtualHost(context));
        return configuration;
    }

    /// <summary>The egress listener that a route configuration belongs to: the declared one, else the one for the
    /// rest.</summary>
    private static EgressListener? EgressFor(TrafficContext context, string name, int port)
    {
        return context.EgressListeners.FirstOrDefault(egress => egress.Port is null
            || (egress.Port.Number == port && (port != 0 || egress.Bind == name)));
    }

    /// <summary>Only one service is behind a sniffed address, so that any host name means it.</summary>
    private static List<VirtualHost> Sniffed(List<VirtualHost> hosts, string name, string host)
    {
        var own = hosts.Where(candidate => candidate.Domains.Contains(name) || candidate.Domains.Contains(host))
            .ToList();
        if (own.Count == 1)
        {
            own[0].Domains.Clear();
            own[0].Domains.Add("*");
        }
        return own;
    }

    private static List<VirtualHost> VirtualHosts(TrafficContext context, EgressListener egress, int port)
    {
        if (egress.Port is { } declared && ProtocolRules.Parse(declared.Protocol) == Protocol.HttpProxy)
        {
            port = 0;
        }
        var services = ServicesOn(egress, port);
        var plans = new SidecarRoutePlanner(context, egress, services, port).Plan();
        var writer = new VirtualHostWriter(context, plans,
            egress.Services.Where(service => service.Resolution == Resolution.Alias), port);
        return port == 0 ? writer.WriteAll() : writer.Write(port);
    }

    /// <summary>Services by lower-case host, each reduced to the port in question; with no port to their all.</summary>
    private static SortedDictionary<string, Service> ServicesOn(EgressListener egress, int port)
    {
        var services = new SortedDictionary<string, Service>(StringComparer.Ordinal);
        foreach (var service in egress.Services)
        {
            var host = service.Hostname.ToLowerInvariant();
            if (port == 0)
            {
                services[host] = service;
            }
            else if (service.PortOf(port) is { } servicePort)
            {
                services[host] = service with { Hostname = host, Ports = [servicePort] };
            }
        }
        return services;
    }
}
