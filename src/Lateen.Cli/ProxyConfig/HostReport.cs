using System.Globalization;
using System.Text.Json.Nodes;

namespace Lateen.Cli.ProxyConfig;

/// <summary>The hosts on the page <c>/clusters?format=json</c>: endpoints with their health.</summary>
internal sealed record HostReport(string Address, int Port, string Cluster, string Status)
{
    internal const string Message = "envoy.admin.v3.ClusterStatus";

    /// <summary>The clusters that have a host which matches, each with all of its hosts.</summary>
    internal List<JsonNode> Select(JsonNode page) =>
    [
        .. Clusters(page).Where(cluster => cluster.List("host_statuses").Any(host => Matches(cluster, host))),
    ];

    internal void WriteTable(JsonNode page, TextWriter output)
    {
        var table = new TextTable(5, "ENDPOINT", "STATUS", "OUTLIER CHECK", "CLUSTER");
        var hosts = from cluster in Clusters(page)
                    from host in cluster.List("host_statuses")
                    where Matches(cluster, host)
                    select (Address: AddressOf(host), Port: PortOf(host), Host: host, Cluster: cluster.Text("name"));
        var sorted = hosts.OrderBy(host => host.Address, StringComparer.Ordinal)
            .ThenBy(host => host.Port).ThenBy(host => host.Cluster, StringComparer.Ordinal);
        foreach (var (address, port, host, cluster) in sorted)
        {
            table.Add(
                port == 0 ? address : string.Create(CultureInfo.InvariantCulture, $"{address}:{port}"),
                StatusOf(host),
                host.Field("health_status").Flag("failed_outlier_check") ? "FAILED" : "OK",
                cluster);
        }

        table.WriteTo(output);
    }

    private static IEnumerable<JsonNode> Clusters(JsonNode page) => page.Field("cluster_statuses") is JsonArray
        ? page.List("cluster_statuses")
        : throw new DumpException(
            "the input has no cluster_statuses; is it the page /clusters?format=json of a proxy's admin port?");

    private static string AddressOf(JsonNode host)
    {
        var address = host.Field("address");
        if (address.Field("socket_address") is { } socket)
        {
            return socket.Text("address");
        }

        if (address.Field("pipe") is { } pipe)
        {
            return $"unix://{pipe.Text("path")}";
        }

        return address.Field("envoy_internal_address") is { } inner
            ? $"envoy://{inner.Text("server_listener_name")}/{inner.Text("endpoint_id")}"
            : "unknown";
    }

    private static int PortOf(JsonNode host) => host.Field("address").Field("socket_address").Number("port_value");

    private static string StatusOf(JsonNode host) =>
        host.Field("health_status").Text("eds_health_status") is { Length: > 0 } status ? status : "UNKNOWN";

    private bool Matches(JsonNode cluster, JsonNode host)
    {
        const StringComparison IgnoreCase = StringComparison.OrdinalIgnoreCase;
        return (Address.Length == 0 || AddressOf(host).Equals(Address, IgnoreCase))
            && (Port == 0 || PortOf(host) == Port)
            && (Cluster.Length == 0 || cluster.Text("name").Equals(Cluster, IgnoreCase))
            && (Status.Length == 0 || StatusOf(host).Equals(Status, IgnoreCase));
    }
}
