using System.Collections.Immutable;
using System.Globalization;
using Envoy.Config.Route.V3;
using Google.Protobuf;
using Lateen.Pilot.Listeners;
using Lateen.Pilot.Model;
using Lateen.Xds;
using Lateen.Xds.Server;

namespace Lateen.Pilot.Routes;

/// <summary>
/// Route configurations of a sidecar's outbound listeners: by port, by <c>host:port</c> for a sniffed port at an
/// address of its own, by path for a Unix socket, and for the explicit HTTP proxy.
/// </summary>
internal static class SidecarRoutes
{
    /// <summary>Route configuration of the explicit HTTP proxy.</summary>
    internal const string HttpProxyName = "http_proxy";

    internal const uint MaxDirectResponseBody = 1024 * 1024;

    /// <summary>The configuration of this name; without virtual hosts when the name stands for nothing.</summary>
    internal static XdsResource Build(TrafficContext context, RouteSource source, string name)
    {
        var isUnix = name.StartsWith(Addresses.UnixPrefix, StringComparison.Ordinal);
        var colon = isUnix ? -1 : name.LastIndexOf(':');
        var known = int.TryParse(name[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port);
        if (!known && !isUnix && name != HttpProxyName)
        {
            return RouteGenerator.Encode(new RouteConfiguration { Name = name, ValidateClusters = false });
        }
        var head = new RouteConfiguration
        {
            Name = name,
            ValidateClusters = false,
            MaxDirectResponseBodySizeBytes = MaxDirectResponseBody,
            IgnorePortInHostMatching = true,
        };
        var egress = EgressFor(context, name, port);
        if (IsHttpProxy(egress))
        {
            // Hosts of all ports meet here, told apart by the port alone, as their domains say it.
            head.IgnorePortInHostMatching = false;
        }
        var attemptCount = context.Headers(ListenerClass.SidecarOutbound).AttemptCount;
        if (colon >= 0)
        {
            return Sniffed(context, source, egress, head, port, attemptCount);
        }
        return RouteTable.Build(head, VirtualHosts(context, source, egress, port), CatchAllRoutes.VirtualHost(context),
            context.Proxy, attemptCount);
    }

    /// <summary>The egress listener that a route configuration belongs to: the declared one, else the one for the
    /// rest.</summary>
    private static EgressListener? EgressFor(TrafficContext context, string name, int port)
    {
        return context.EgressListeners.FirstOrDefault(egress => egress.Port is null
            || (egress.Port.Number == port && (port != 0 || egress.Bind == name)));
    }

    /// <summary>
    /// Only one service is behind a sniffed address, so that any host name means it. Only it and its rules are read:
    /// whatever happens to the other services of the port leaves it alone.
    /// </summary>
    private static XdsResource Sniffed(TrafficContext context, RouteSource source, EgressListener? egress,
        RouteConfiguration head, int port, bool attemptCount)
    {
        var host = head.Name[..head.Name.LastIndexOf(':')];
        if (egress is null || source.ServiceOf(egress.Index, host) is not { } service)
        {
            return RouteGenerator.Encode(head);
        }
        var services = ServicesOn([service], port);
        var plans = new SidecarRoutePlanner(source.RulesFor(egress.Index, host), services, port,
            rule => source.OfRule(egress.Index, rule, port), source.Default).Plan();
        var own = new RouteTableBuilder(context.Proxy, plans, [], port).Entries
            .Where(entry => entry.Domains.Contains(head.Name) || entry.Domains.Contains(host)).ToList();
        var pieces = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>();
        pieces.Add(head.ToByteArray());
        foreach (var entry in own)
        {
            pieces.Add(entry.Head(own.Count == 1 ? ["*"] : entry.Domains, attemptCount));
            pieces.Add(entry.Routes.Bytes);
        }
        var whole = new XdsResource(TypeUrls.RouteConfiguration, head.Name, "", pieces.DrainToImmutable());
        return XdsResource.Create(whole.TypeUrl, whole.Name, whole.Body);
    }

    /// <summary>Whether a Sidecar declares the listener as an HTTP proxy.</summary>
    private static bool IsHttpProxy(EgressListener? egress) =>
        egress?.Port is { } declared && ProtocolRules.Parse(declared.Protocol) == Protocol.HttpProxy;

    private static RouteTableBuilder VirtualHosts(
        TrafficContext context, RouteSource source, EgressListener? egress, int port)
    {
        if (egress is null)
        {
            return new RouteTableBuilder(context.Proxy, [], [], port);
        }
        if (IsHttpProxy(egress))
        {
            port = 0;
        }
        var services = ServicesOn(egress.Services.Items, port);
        var plans = new SidecarRoutePlanner(source.Rules(egress.Index), services, port,
            rule => source.OfRule(egress.Index, rule, port), source.Default).Plan();
        return new RouteTableBuilder(context.Proxy, plans,
            egress.Services.Items.Where(service => service.Resolution == Resolution.Alias), port);
    }

    /// <summary>Services by lower-case host, each reduced to the port in question; with no port to their all.</summary>
    private static SortedDictionary<string, Service> ServicesOn(IEnumerable<Service> imported, int port)
    {
        var services = new SortedDictionary<string, Service>(StringComparer.Ordinal);
        foreach (var service in imported)
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
