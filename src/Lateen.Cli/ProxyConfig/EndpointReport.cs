using System.Text.Json.Nodes;

namespace Lateen.Cli.ProxyConfig;

/// <summary>The endpoints in a dump that was asked for with <c>include_eds</c>.</summary>
internal sealed record EndpointReport(string Address, int Port)
{
    internal void WriteTable(ConfigDump dump, TextWriter output)
    {
        var table = new TextTable(5, "NAME", "STATUS", "LOCALITY", "CLUSTER");
        foreach (var assignment in Assignments(dump))
        {
            foreach (var locality in assignment.List("endpoints"))
            {
                foreach (var endpoint in locality.List("lb_endpoints").Where(Matches))
                {
                    table.Add(
                        $"endpoint/{string.Join(',', AddressesOf(endpoint))}",
                        endpoint.Text("health_status") is { Length: > 0 } status ? status : "UNKNOWN",
                        DescribeLocality(locality.Field("locality")),
                        assignment.Text("cluster_name"));
                }
            }
        }

        table.WriteTo(output);
    }

    private static IOrderedEnumerable<JsonNode> Assignments(ConfigDump dump)
    {
        var section = dump.Find("EndpointsConfigDump");
        return section.List("dynamic_endpoint_configs").Concat(section.List("static_endpoint_configs"))
            .Select(item => item.Field("endpoint_config")).OfType<JsonNode>()
            .OrderBy(assignment => ClusterName.Parse(assignment.Text("cluster_name")));
    }

    private static string DescribeLocality(JsonNode? locality)
    {
        var text = locality.Text("region");
        if (locality.Text("zone") is { Length: > 0 } zone)
        {
            text += $"/{zone}";
            text += locality.Text("sub_zone") is { Length: > 0 } subZone ? $"/{subZone}" : "";
        }

        return text;
    }

    private static IEnumerable<string> AddressesOf(JsonNode endpoint)
    {
        var body = endpoint.Field("endpoint");
        return body.List("additional_addresses").Select(item => item.Field("address"))
            .Prepend(body.Field("address")).Select(DescribeAddress);
    }

    private static string DescribeAddress(JsonNode? address)
    {
        if (address.Field("socket_address") is { } socket)
        {
            return $"{socket.Text("address")}:{socket.Number("port_value")}";
        }

        if (address.Field("pipe") is { } pipe)
        {
            return pipe.Text("path");
        }

        return address.Field("envoy_internal_address") is { } inner
            ? $"envoy://{inner.Text("server_listener_name")}/{inner.Text("endpoint_id")}"
            : "unknown";
    }

    private bool Matches(JsonNode endpoint) =>
        (Address.Length == 0 || AddressesOf(endpoint).Contains(Address, StringComparer.OrdinalIgnoreCase))
        && (Port == 0
            || endpoint.Field("endpoint").Field("address").Field("socket_address").Number("port_value") == Port);
}
