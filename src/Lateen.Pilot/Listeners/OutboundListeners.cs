using System.Net;
using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Model;
using EnvoyListener = Envoy.Config.Listener.V3.Listener;
using ServicePort = Lateen.Pilot.Model.ServicePort;

namespace Lateen.Pilot.Listeners;

/// <summary>
/// Listeners for traffic from the application: one per port for HTTP, one per address and port for the rest. Services
/// that meet on one listener are merged where their traffic can be told apart.
/// </summary>
internal sealed class OutboundListeners
{
    private readonly TrafficContext _context;
    private readonly string _wildcard;
    private readonly Dictionary<(string Bind, int Port), OutboundEntry> _entries = [];

    private OutboundListeners(TrafficContext context)
    {
        _context = context;
        _wildcard = Addresses.Wildcard(context.Proxy.IpFamilies);
    }

    /// <summary>All of a sidecar, by name.</summary>
    internal static IEnumerable<EnvoyListener> Build(TrafficContext context)
    {
        var builder = new OutboundListeners(context);
        foreach (var egress in context.EgressListeners)
        {
            builder.Add(egress);
        }
        return builder._entries.Values
            .OrderBy(entry => Addresses.ListenerName(entry.Binds[0], entry.Port), StringComparer.Ordinal)
            .Select(entry => OutboundListenerWriter.Write(context, entry));
    }

    private void Add(EgressListener egress)
    {
        var none = _context.Proxy.Settings.InterceptionMode == InterceptionMode.None;
        var bindToPort = none || egress.Spec?.CaptureMode == CaptureMode.None
            || egress.Bind.StartsWith(Addresses.UnixPrefix, StringComparison.Ordinal);
        string[] binds = egress.Bind.Length > 0 ? [egress.Bind]
            : bindToPort ? [Addresses.Loopback(_context.Proxy.IpFamilies)] : [];
        if (egress.Port is { } port)
        {
            var protocol = ProtocolRules.Parse(port.Protocol);
            foreach (var service in egress.Services)
            {
                AddTarget(Target(egress, service, (int)port.Number, protocol, binds, bindToPort));
            }
            return;
        }
        // What was declared by port stays as it is.
        foreach (var entry in _entries.Values)
        {
            entry.Locked = true;
        }
        foreach (var service in egress.Services)
        {
            foreach (var servicePort in service.Ports)
            {
                AddService(
                    Target(egress, service, servicePort.Number, servicePort.Protocol, binds, bindToPort), servicePort);
            }
        }
    }

    private static OutboundTarget Target(EgressListener egress, Service service, int port, Protocol protocol,
        string[] binds, bool bindToPort)
    {
        return new OutboundTarget
        {
            Service = service,
            Port = port,
            Protocol = protocol,
            Binds = binds,
            BindToPort = bindToPort,
            VirtualServices = egress.ConnectionRules.Items,
        };
    }

    private void AddService(OutboundTarget target, ServicePort port)
    {
        if (!CanBind(target))
        {
            return;
        }
        var service = target.Service;
        var headless = target.Binds.Count == 0 && service.Resolution == Resolution.Passthrough
            && service.Addresses.Count == 0 && ServiceAddresses.All(service, _context.Proxy).Count == 0
            && (port.Protocol.IsTcp() || port.Protocol.IsAuto());
        if (!headless)
        {
            foreach (var single in PerAddress(target))
            {
                AddTarget(single);
            }
            return;
        }
        // Each endpoint is called by its own address, so each gets a listener; HTTP is told apart by host name.
        var endpoints = _context.EndpointsOf(service, port);
        if (service.Registry != ServiceRegistry.Kubernetes && endpoints.Count == 0 && service.Selector is null)
        {
            AddTarget(target);
            return;
        }
        foreach (var endpoint in endpoints.Where(endpoint => IPAddress.TryParse(endpoint.Address, out _)))
        {
            // Calls of the workload to itself do not leave it.
            if (_context.Proxy.Addresses.Count == 0 || endpoint.Address != _context.Proxy.Addresses[0])
            {
                AddTarget(target with { Binds = [endpoint.Address] });
            }
        }
    }

    /// <summary>A service outside with several addresses stands at each of them.</summary>
    private static IEnumerable<OutboundTarget> PerAddress(OutboundTarget target)
    {
        var service = target.Service;
        if (service.Registry != ServiceRegistry.External || service.Addresses.Count < 2
            || target.Binds.Count > 0 || target.Protocol.IsHttp())
        {
            return [target];
        }
        return service.Addresses.Select(address => target with { Service = service with { Addresses = [address] } });
    }

    /// <summary>Ports of the proxy itself cannot be taken, nor low ones by an unprivileged one.</summary>
    private bool CanBind(OutboundTarget target)
    {
        const int Unprivileged = 1024, StatusPort = 15021, PrometheusPort = 15090;
        if (target.BindToPort && target.Port < Unprivileged && _context.Proxy.Settings.UnprivilegedPod)
        {
            return false;
        }
        var onWildcard = target.Bind.Length > 0 ? target.Bind == _wildcard : target.Protocol.IsHttp();
        return !onWildcard || !(target.Port is StatusPort or PrometheusPort
            || target.Port == _context.Mesh.ProxyListenPort || target.Port == _context.Mesh.ProxyInboundListenPort);
    }

    private void AddTarget(OutboundTarget target)
    {
        if (target.Service.Resolution == Resolution.Alias || target.Protocol is Protocol.Udp or Protocol.Hbone)
        {
            return;
        }
        target = Placed(target);
        _entries.TryGetValue((target.Bind, target.Port), out var current);
        if (current is { Locked: true })
        {
            return;
        }
        if (target.Protocol.IsHttp())
        {
            AddHttp(target, current);
        }
        else if (target.Protocol.IsAuto())
        {
            AddAuto(target, current);
        }
        else
        {
            AddTcp(target, current);
        }
    }

    /// <summary>HTTP stands on the wildcard address, the rest on the service's; a range of addresses becomes a
    /// condition.</summary>
    private OutboundTarget Placed(OutboundTarget target)
    {
        if (target.Binds.Count > 0)
        {
            return target;
        }
        if (target.Protocol.IsHttp())
        {
            return target with { Binds = _context.Wildcards };
        }
        var address = ServiceAddresses.Primary(target.Service, _context.Proxy);
        return address.Contains('/', StringComparison.Ordinal)
            ? target with { Binds = _context.Wildcards, Destinations = [address] }
            : target with { Binds = [address, .. OtherFamilies(target.Service, address)] };
    }

    /// <summary>The addresses of a Kubernetes Service besides the first, where listeners stand on both
    /// families.</summary>
    private IEnumerable<string> OtherFamilies(Service service, string address)
    {
        return !_context.IsDualStack ? [] : address == _wildcard ? _context.Wildcards.Skip(1)
            : service.Registry == ServiceRegistry.External ? []
            : ServiceAddresses.All(service, _context.Proxy).Where(other => other != address);
    }

    private void AddHttp(OutboundTarget target, OutboundEntry? current)
    {
        if (current is not null && !current.Protocol.IsTcp())
        {
            return;
        }
        var sniffed = target.Bind == _wildcard && target.Protocol != Protocol.HttpProxy;
        var chain = HttpChain(target, sniffed);
        if (current is null)
        {
            Start(target, sniffed ? Protocol.Auto : target.Protocol, [chain]);
        }
        else if (Compatible(target.Protocol, current))
        {
            Merge(current, [chain]);
            current.Protocol = Protocol.Auto;
        }
    }

    private void AddTcp(OutboundTarget target, OutboundEntry? current)
    {
        if (current is null)
        {
            Start(target, target.Protocol, OutboundTcpChains.Build(_context, target));
        }
        else if (Compatible(target.Protocol, current))
        {
            Merge(current, OutboundTcpChains.Build(_context, target));
            current.Protocol = current.Protocol.IsHttp() ? Protocol.Auto : current.Protocol;
        }
    }

    private void AddAuto(OutboundTarget target, OutboundEntry? current)
    {
        List<OutboundChain> Both() => [.. OutboundTcpChains.Build(_context, target), HttpChain(target, sniffed: true)];
        if (current is null || current.Protocol.IsHttp())
        {
            Start(target, Protocol.Auto, Both());
        }
        else if (Compatible(target.Protocol, current))
        {
            Merge(current, current.Protocol.IsTcp() ? Both() : OutboundTcpChains.Build(_context, target));
            current.Protocol = Protocol.Auto;
        }
    }

    /// <summary>Inspection would break protocols in which the server speaks first, so these are never mixed.</summary>
    private static bool Compatible(Protocol incoming, OutboundEntry current)
    {
        return incoming == current.Protocol || !(IsServerFirst(incoming) || IsServerFirst(current.Protocol));

        static bool IsServerFirst(Protocol protocol)
        {
            return protocol is Protocol.Mongo or Protocol.MySql;
        }
    }

    private void Start(OutboundTarget target, Protocol protocol, List<OutboundChain> chains)
    {
        _entries[(target.Bind, target.Port)] = new OutboundEntry(target.Binds, target.Port, target.BindToPort)
        {
            Protocol = protocol,
            Chains = chains,
        };
    }

    private static void Merge(OutboundEntry current, IEnumerable<OutboundChain> incoming)
    {
        foreach (var chain in incoming)
        {
            if (!current.Chains.Exists(existing => existing.ConflictsWith(chain)))
            {
                current.Chains.Add(chain);
            }
        }
    }

    private OutboundChain HttpChain(OutboundTarget target, bool sniffed)
    {
        var listenerName = Addresses.ListenerName(target.Bind, target.Port);
        return new OutboundChain
        {
            ApplicationProtocols = sniffed ? _context.PlaintextHttpAlpn : [],
            Transport = sniffed ? "raw_buffer" : "",
            Http = new HttpConnectionManagerOptions
            {
                Side = ListenerClass.SidecarOutbound,
                StatPrefix = $"outbound_{listenerName};",
                RouteConfigName = RouteConfigName(target),
                Protocol = target.Protocol,
            },
        };
    }

    /// <summary>All services of a port share their routes, but a service whose port is sniffed at its own
    /// address.</summary>
    private string RouteConfigName(OutboundTarget target)
    {
        return target.Port == 0 ? target.Bind
            : target.Protocol.IsAuto() && target.Bind != _wildcard ? $"{target.Service.Hostname}:{target.Port}"
            : $"{target.Port}";
    }
}
