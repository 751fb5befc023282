using System.Globalization;
using System.Text.Json.Nodes;

namespace Lateen.Cli.ProxyConfig;

/// <summary>The clusters of a dump.</summary>
internal sealed record ClusterReport(string Fqdn, int Port, string Subset, string Direction)
{
    internal const string Message = "envoy.config.cluster.v3.Cluster";

    internal List<JsonNode> Select(ConfigDump dump) =>
    [
        .. dump.GetResources(
                "ClustersConfigDump",
                ("dynamic_active_clusters", ["cluster"]),
                ("static_clusters", ["cluster"]))
            .Where(cluster => Matches(cluster.Text("name")))
            .OrderBy(cluster => ClusterName.Parse(cluster.Text("name"))),
    ];

    internal void WriteTable(ConfigDump dump, TextWriter output, bool withKind)
    {
        string[] header = ["SERVICE FQDN", "PORT", "SUBSET", "DIRECTION", "TYPE", "DESTINATION RULE"];
        var table = new TextTable(5, withKind ? ["NAME", .. header] : header);
        foreach (var cluster in Select(dump))
        {
            var full = cluster.Text("name");
            var name = ClusterName.Parse(full);
            var type = cluster.Text("type") is { Length: > 0 } text ? text : "STATIC";
            var rule = Management.Describe(cluster);
            var kindName = $"cluster/{full}";
            string[] cells = name.IsIstio
                ? [name.Host, name.Port.ToString(CultureInfo.InvariantCulture), Dash(name.Subset), name.Direction, type,
                    rule]
                : [withKind ? kindName : full, "-", "-", "-", type, rule];
            table.Add(withKind ? [kindName, .. cells] : cells);
        }

        table.WriteTo(output);
    }

    private static string Dash(string subset) => subset.Length == 0 ? "-" : subset;

    /// <summary>All filters are parts of the name.</summary>
    private bool Matches(string name) =>
        name.Contains(Fqdn, StringComparison.Ordinal)
        && name.Contains(Direction, StringComparison.Ordinal)
        && name.Contains(Subset, StringComparison.Ordinal)
        && (Port == 0
            || name.Contains(string.Create(CultureInfo.InvariantCulture, $"|{Port}|"), StringComparison.Ordinal));
}
