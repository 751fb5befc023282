using System.Globalization;
using System.Text.Json.Nodes;

namespace Lateen.Cli.ProxyConfig;

/// <summary>The listeners of a dump.</summary>
internal sealed record ListenerReport(string Address, int Port, string Type, bool Verbose)
{
    internal const string Message = "envoy.config.listener.v3.Listener";

    internal List<JsonNode> Select(ConfigDump dump) =>
    [
        .. dump.GetResources(
                "ListenersConfigDump",
                ("dynamic_listeners", ["active_state", "listener"]),
                ("static_listeners", ["listener"]))
            .Where(Matches),
    ];

    internal void WriteTable(ConfigDump dump, TextWriter output, bool withKind)
    {
        string[] header = Verbose ? ["ADDRESSES", "PORT", "MATCH", "DESTINATION"] : ["ADDRESSES", "PORT", "TYPE"];
        var table = new TextTable(1, withKind ? ["NAME", .. header] : header);
        var listeners = Select(dump)
            .OrderBy(PortOf)
            .ThenBy(AddressOf, StringComparer.Ordinal)
            .ThenBy(FilterChains.TypeOf, StringComparer.Ordinal);
        foreach (var listener in listeners)
        {
            var addresses = string.Join(',', AdditionalAddressesOf(listener).Prepend(AddressOf(listener)));
            var port = PortOf(listener).ToString(CultureInfo.InvariantCulture);
            string[] kind = withKind ? [$"listener/{listener.Text("name")}"] : [];
            if (!Verbose)
            {
                table.Add([.. kind, addresses, port, FilterChains.TypeOf(listener)]);
                continue;
            }

            var chains = FilterChains.Of(listener)
                .Select(chain =>
                    (Match: FilterChains.DescribeMatch(chain), Destination: FilterChains.DescribeDestination(chain)))
                .OrderByDescending(chain => chain.Destination, StringComparer.Ordinal);
            foreach (var (match, destination) in chains)
            {
                table.Add([.. kind, addresses, port, match, destination]);
            }
        }

        table.WriteTo(output);
    }

    private static int PortOf(JsonNode listener) =>
        listener.Field("address").Field("socket_address").Number("port_value");

    private static string AddressOf(JsonNode listener)
    {
        var address = listener.Field("address");
        return address.Field("socket_address") is { } socket ? socket.Text("address") : address.Field("pipe")
            .Text("path");
    }

    private static IEnumerable<string> AdditionalAddressesOf(JsonNode listener) => listener.List("additional_addresses")
        .Select(item => item.Field("address").Field("socket_address").Text("address"));

    private bool Matches(JsonNode listener)
    {
        const StringComparison IgnoreCase = StringComparison.OrdinalIgnoreCase;
        return (Address.Length == 0
                || AdditionalAddressesOf(listener).Prepend(AddressOf(listener))
                    .Any(other => other.Equals(Address, IgnoreCase)))
            && (Port == 0 || PortOf(listener) == Port)
            && (Type.Length == 0 || FilterChains.TypeOf(listener).Equals(Type, IgnoreCase));
    }
}
