using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Listeners;

/// <summary>
/// All Gateways of a proxy as one. Plain HTTP servers of a port share it; servers with TLS share a port by their hosts;
/// of what cannot share a port the oldest stays.
/// </summary>
internal sealed class MergedGateways
{
    private readonly List<GatewayPort> _ports = [];
    private readonly Dictionary<string, List<GatewayServer>> _byRoute = new(StringComparer.Ordinal);
    private readonly Dictionary<int, GatewayPort> _plain = [];
    private readonly Dictionary<int, HashSet<string>> _tlsBinds = [];
    private readonly Dictionary<int, Dictionary<string, string>> _tlsHosts = [];
    private readonly HashSet<int> _used = [];

    /// <summary>Ports in the order of their first server.</summary>
    internal IReadOnlyList<GatewayPort> Ports => _ports;

    /// <summary>Merges those that select the proxy, oldest first.</summary>
    internal static MergedGateways Merge(IEnumerable<GatewayConfig> gateways)
    {
        var merged = new MergedGateways();
        foreach (var gateway in gateways)
        {
            foreach (var server in gateway.Spec.Servers.Where(server => server.Port is not null))
            {
                foreach (var port in gateway.ListenPorts((int)server.Port.Number))
                {
                    merged.Add(gateway, server, port);
                }
            }
        }
        return merged;
    }

    /// <summary>Servers that share a route configuration.</summary>
    internal IReadOnlyList<GatewayServer> ServersOf(string routeName)
    {
        return _byRoute.TryGetValue(routeName, out var servers) ? servers : [];
    }

    private void Add(GatewayConfig gateway, Server spec, int port)
    {
        var server = new GatewayServer
        {
            Gateway = gateway.FullName,
            Spec = spec,
            Hosts = Qualified(spec.Hosts, gateway.Namespace),
            ListenPort = port,
            RouteName = RouteName(gateway, spec, port),
        };
        if (spec.Tls is not null && !ClaimHosts(server))
        {
            return;
        }
        if (_used.Add(port))
        {
            Start(server);
        }
        else if (_plain.TryGetValue(port, out var current))
        {
            AddBesidePlain(server, current);
        }
        else
        {
            AddBesideTls(server);
        }
    }

    private void AddBesidePlain(GatewayServer server, GatewayPort current)
    {
        if (server.Spec.Bind != current.Bind)
        {
            if (Find(server) is { } other)
            {
                other.Servers.Add(server);
                Route(server);
            }
            else
            {
                Start(server);
            }
            return;
        }
        var shares = current.Protocol.IsHttp() && (server.Protocol.IsHttp() || server.Protocol == current.Protocol);
        if (shares && server.RouteName.Length > 0)
        {
            current.Servers.Add(server);
            Route(server);
        }
    }

    private void AddBesideTls(GatewayServer server)
    {
        if (!server.IsTls)
        {
            Start(server);
            return;
        }
        if (server.IsHttp && (server.RouteName.Length == 0 || _byRoute.ContainsKey(server.RouteName)))
        {
            return;
        }
        if (server.IsHttp)
        {
            Route(server);
        }
        var binds = _tlsBinds.TryGetValue(server.ListenPort, out var known)
            ? known : _tlsBinds[server.ListenPort] = new HashSet<string>(StringComparer.Ordinal);
        binds.Add(server.Spec.Bind);
        if (Find(server) is { } port)
        {
            port.Servers.Add(server);
        }
        else
        {
            _ports.Add(PortOf(server));
        }
    }

    private void Start(GatewayServer server)
    {
        var port = PortOf(server);
        _ports.Add(port);
        if (!server.IsTls)
        {
            _plain[server.ListenPort] = port;
        }
        if (server.IsHttp)
        {
            Route(server);
        }
    }

    private void Route(GatewayServer server)
    {
        if (!_byRoute.TryGetValue(server.RouteName, out var servers))
        {
            _byRoute[server.RouteName] = servers = [];
        }
        servers.Add(server);
    }

    private GatewayPort? Find(GatewayServer server)
    {
        return _ports.Find(port => port.Number == server.ListenPort && port.Bind == server.Spec.Bind
            && port.ProtocolName == server.Spec.Port.Protocol);
    }

    private static GatewayPort PortOf(GatewayServer server)
    {
        var port = new GatewayPort(server.ListenPort, server.Spec.Port.Protocol, server.Spec.Bind);
        port.Servers.Add(server);
        return port;
    }

    /// <summary>A host may lead to one server only; the first keeps it, and the other server falls out whole.</summary>
    private bool ClaimHosts(GatewayServer server)
    {
        if (!_tlsHosts.TryGetValue(server.ListenPort, out var known))
        {
            _tlsHosts[server.ListenPort] = known = new Dictionary<string, string>(StringComparer.Ordinal);
        }
        if (server.Hosts.Any(host => known.TryGetValue(host, out var bind) && bind == server.Spec.Bind))
        {
            return false;
        }
        foreach (var host in server.Hosts)
        {
            known[host] = server.Spec.Bind;
        }
        return true;
    }

    private static List<string> Qualified(IEnumerable<string> hosts, string ns)
    {
        var result = new List<string>();
        foreach (var host in hosts)
        {
            var slash = host.IndexOf('/', StringComparison.Ordinal);
            if (slash < 0)
            {
                result.Add(host);
            }
            else if (host is "*/*")
            {
                return ["*"];
            }
            else
            {
                result.Add(host[..slash] switch
                {
                    "." => $"{ns}/{host[(slash + 1)..]}",
                    "*" => host[(slash + 1)..],
                    _ => host,
                });
            }
        }
        return result;
    }

    private static string RouteName(GatewayConfig gateway, Server server, int port)
    {
        var bind = server.Bind.Length > 0 ? "." + server.Bind : "";
        var protocol = ProtocolRules.Parse(server.Port.Protocol);
        if (protocol.IsHttp())
        {
            return $"http.{port}{bind}";
        }
        var passes = server.Tls?.Mode
            is ServerTLSSettings.Types.TLSmode.Passthrough or ServerTLSSettings.Types.TLSmode.AutoPassthrough;
        return protocol == Protocol.Https && !passes
            ? $"https.{server.Port.Number}.{server.Port.Name}.{gateway.Name}.{gateway.Namespace}{bind}" : "";
    }
}
