using System.Globalization;
using System.Text.Json.Nodes;

namespace Lateen.Cli.ProxyConfig;

/// <summary>The route tables of a dump.</summary>
internal sealed record RouteReport(string Name, bool Verbose)
{
    internal const string Message = "envoy.config.route.v3.RouteConfiguration";
    private const string PassthroughCluster = "PassthroughCluster";

    internal List<JsonNode> Select(ConfigDump dump)
    {
        var routes = dump.GetResources(
            "RoutesConfigDump",
            ("dynamic_route_configs", ["route_config"]),
            ("static_route_configs", ["route_config"]));
        SortNumbers(routes);
        return [.. routes.Where(route => Name.Length == 0 || route.Text("name") == Name)];
    }

    internal void WriteTable(ConfigDump dump, TextWriter output, bool withKind)
    {
        var table = Verbose
            ? new TextTable(5, "NAME", "VHOST NAME", "DOMAINS", "MATCH", "VIRTUAL SERVICE")
            : new TextTable(5, "NAME", "VIRTUAL HOSTS");
        foreach (var route in Select(dump))
        {
            var name = withKind ? $"route/{route.Text("name")}" : route.Text("name");
            var hosts = route.List("virtual_hosts").ToList();
            if (!Verbose)
            {
                table.Add(name, hosts.Count.ToString(CultureInfo.InvariantCulture));
                continue;
            }

            foreach (var host in hosts)
            {
                AddHost(table, name, host);
            }
        }

        table.WriteTo(output);
    }

    private static void AddHost(TextTable table, string name, JsonNode host)
    {
        var domains = RouteDescription.DescribeDomains(host.Texts("domains"));
        var routes = host.List("routes").ToList();
        if (routes.Count == 0)
        {
            table.Add(name, host.Text("name"), domains, "/*", "404");
        }

        foreach (var route in routes)
        {
            if (route.Field("route").Text("cluster") != PassthroughCluster)
            {
                var match = RouteDescription.DescribeMatch(route.Field("match"));
                table.Add(name, host.Text("name"), domains, match, Management.Describe(route));
            }
        }
    }

    /// <summary>
    /// Names that are numbers change places with smaller neighbours; all others stay where the dump has them, which
    /// also keeps numbers apart. That is no total order, so it is an insertion sort by hand.
    /// </summary>
    private static void SortNumbers(List<JsonNode> routes)
    {
        for (var i = 1; i < routes.Count; i++)
        {
            for (var j = i; j > 0 && IsSmaller(routes[j], routes[j - 1]); j--)
            {
                (routes[j], routes[j - 1]) = (routes[j - 1], routes[j]);
            }
        }
    }

    private static bool IsSmaller(JsonNode left, JsonNode right) =>
        int.TryParse(left.Text("name"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var a)
        && int.TryParse(right.Text("name"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var b)
        && a < b;
}
