using Envoy.Config.Route.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Lateen.Core.Yaml;

namespace Lateen.Proxy.Admin;

/// <summary>Scoped routes in <c>/config_dump</c>: those of connection managers themselves, and those of SRDS.</summary>
internal static class ScopedRoutesDump
{
    private const string Type = "envoy.config.route.v3.ScopedRouteConfiguration";

    public static YamlMapping Write(ProxyServer server, Func<string, (string Key, YamlNode? Value)[], YamlMapping> dump)
    {
        var started = AdminJson.Time(server.Clock.GetUtcNow() - server.Uptime);
        var fixedOnes = (server.ReadBootstrap().StaticResources?.Listeners ?? [])
            .SelectMany(listener => listener.FilterChains)
            .SelectMany(chain => chain.Filters)
            .Where(filter =>
                filter.TypedConfig?.TypeUrl.EndsWith(".HttpConnectionManager", StringComparison.Ordinal) == true)
            .Select(filter => HttpConnectionManager.Parser.ParseFrom(filter.TypedConfig.Value).ScopedRoutes)
            .Where(routes => routes?.ScopedRouteConfigurationsList is not null)
            .Select(routes => (YamlNode)new YamlMapping(
                ("name", new YamlScalar(routes!.Name)),
                ("scoped_route_configs", new YamlSequence([.. routes.ScopedRouteConfigurationsList
                    .ScopedRouteConfigurations.Select(scope => (YamlNode)AdminJson.Any(Type, scope))])),
                ("last_updated", started)))
            .ToList();
        return dump("ScopedRoutesConfigDump",
        [
            ("inline_scoped_route_configs", new YamlSequence(fixedOnes)),
            ("dynamic_scoped_route_configs", new YamlSequence(Discovered(server))),
        ]);
    }

    private static List<YamlNode> Discovered(ProxyServer server)
    {
        var result = new List<YamlNode>();
        var seen = new HashSet<object>();
        foreach (var (routes, _) in server.Configuration.Listeners.ScopedRoutes)
        {
            if (routes.Scopes.Source is not { } source || !seen.Add(routes.Scopes)
                || server.Configuration.Resources.Scopes.VersionOf(source) is not { } latest)
            {
                continue;
            }
            var held = server.Configuration.Resources.Scopes.Held(source);
            var fields = new List<(string, YamlNode)> { ("name", new YamlScalar(routes.Name)) };
            if (latest.Version.Length > 0)
            {
                fields.Add(("version_info", new YamlScalar(latest.Version)));
            }
            fields.Add(("scoped_route_configs", new YamlSequence([.. held.Values.Select(version =>
                (YamlNode)AdminJson.Any(Type, ScopedRouteConfiguration.Parser.ParseFrom(version.Source)))])));
            fields.Add(("last_updated", AdminJson.Time(latest.At)));
            result.Add(new YamlMapping([.. fields]));
        }
        return result;
    }
}
