using Envoy.Config.Route.V3;
using Lateen.Pilot.Listeners;
using TlsRequirement = Envoy.Config.Route.V3.VirtualHost.Types.TlsRequirementType;

namespace Lateen.Pilot.Routes;

/// <summary>
/// The virtual hosts of a gateway's route configuration. Rules of several VirtualServices for one host follow each
/// other, those that take everything last; hosts with the very same routes share a virtual host.
/// </summary>
internal sealed class GatewayVirtualHosts(TrafficContext context)
{
    private readonly Dictionary<string, Entry> _hosts = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Gateway, VirtualServiceConfig Config), List<Route>> _routes = [];

    /// <summary>Adds the hosts that a server and the rules bound to its Gateway have in common.</summary>
    internal void Add(GatewayServer server)
    {
        var redirects = server.Spec.Tls?.HttpsRedirect is true;
        var port = (int)server.Spec.Port.Number;
        foreach (var config in context.VirtualServicesOf(server.Gateway))
        {
            var common = GatewayHosts.Common(server, config);
            if (common.Count == 0)
            {
                continue;
            }
            var routes = RoutesOf(server, config);
            if (routes.Count == 0)
            {
                continue;
            }
            foreach (var host in common.Select(host => host.ToLowerInvariant()))
            {
                var entry = EntryOf(host, port);
                entry.Routes.AddRange(routes);
                entry.Redirects |= redirects;
            }
        }
        if (redirects)
        {
            foreach (var host in server.Spec.Hosts.Select(host => host.ToLowerInvariant()))
            {
                EntryOf(host, port).Redirects = true;
            }
        }
    }

    /// <summary>Writes them; without any host everything is answered with 404.</summary>
    internal List<VirtualHost> Write(int port)
    {
        if (_hosts.Count == 0)
        {
            return [new VirtualHost { Name = $"blackhole:{port}", Domains = { "*" } }];
        }
        var written = new List<(Entry Entry, VirtualHost Host)>();
        var attemptCount = context.Headers(ListenerClass.Gateway).AttemptCount;
        foreach (var (name, entry) in _hosts.OrderBy(pair => pair.Key, Comparer<string>.Create(GatewayHosts.Compare)))
        {
            var same = written.Find(other => other.Entry.Redirects == entry.Redirects
                && other.Entry.Routes.SequenceEqual(entry.Routes, ReferenceEqualityComparer.Instance));
            if (same.Host is not null)
            {
                same.Host.Domains.Add(name);
                continue;
            }
            written.Add((entry, new VirtualHost
            {
                Name = VirtualHostDomains.Name(name, entry.Port),
                Domains = { name },
                Routes = { CatchAllLast(entry.Routes) },
                IncludeRequestAttemptCount = attemptCount,
                RequireTls = entry.Redirects ? TlsRequirement.All : TlsRequirement.None,
            }));
        }
        return [.. written.Select(pair => pair.Host).OrderBy(host => host.Name, StringComparer.Ordinal)];
    }

    private static IEnumerable<Route> CatchAllLast(List<Route> routes)
    {
        return routes.Where(route => !RouteMatches.IsCatchAll(route)).Concat(routes.Where(RouteMatches.IsCatchAll));
    }

    private Entry EntryOf(string host, int port)
    {
        return _hosts.TryGetValue(host, out var entry) ? entry : _hosts[host] = new Entry { Port = port };
    }

    /// <summary>The first server of a Gateway decides about ports; the others reuse the routes.</summary>
    private List<Route> RoutesOf(GatewayServer server, VirtualServiceConfig config)
    {
        if (_routes.TryGetValue((server.Gateway, config), out var known))
        {
            return known;
        }
        return _routes[(server.Gateway, config)] = RouteTranslation.Translate(config, new RouteScope
        {
            Namespace = context.Proxy.Namespace,
            Labels = context.Proxy.Labels,
            Gateway = server.Gateway,
            Port = (int)server.Spec.Port.Number,
            IsTls = server.Spec.Tls is not null,
            DefaultRetry = context.Mesh.DefaultHttpRetryPolicy,
            FindService = context.FindService,
            FindRule = context.FindRule,
        });
    }

    private sealed class Entry
    {
        internal List<Route> Routes { get; } = [];

        internal int Port { get; init; }

        internal bool Redirects { get; set; }
    }
}
