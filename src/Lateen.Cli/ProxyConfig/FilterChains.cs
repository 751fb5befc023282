using System.Text.Json.Nodes;

namespace Lateen.Cli.ProxyConfig;

/// <summary>What a listener's filter chains match and where they lead, in istioctl's words.</summary>
internal static class FilterChains
{
    private const string HttpConnectionManager = "envoy.filters.network.http_connection_manager";
    private const string TcpProxy = "envoy.filters.network.tcp_proxy";
    private const string BlackHoleCluster = "BlackHoleCluster";

    /// <summary>Lists of application protocols that have a name.</summary>
    private static readonly Dictionary<string, string> _protocolNames = new(StringComparer.Ordinal)
    {
        ["http/1.0,http/1.1,h2c,istio-http/1.0,istio-http/1.1,istio-h2"] = "App: HTTP TLS",
        ["istio,istio-http/1.0,istio-http/1.1,istio-h2"] = "App: Istio HTTP Plain",
        ["istio-peer-exchange,istio"] = "App: TCP TLS",
        ["http/1.0,http/1.1,h2c"] = "App: HTTP",
    };

    /// <summary>The chains, the default one last.</summary>
    internal static IEnumerable<JsonNode> Of(JsonNode listener)
    {
        var chains = listener.List("filter_chains");
        return listener.Field("default_filter_chain") is { } last ? chains.Append(last) : chains;
    }

    /// <summary>HTTP, TCP, HTTP+TCP or UNKNOWN, by the filters in all chains.</summary>
    internal static string TypeOf(JsonNode listener)
    {
        var isHttp = false;
        var isTcp = false;
        foreach (var filter in Of(listener).SelectMany(chain => chain.List("filters")))
        {
            isHttp |= filter.Text("name") == HttpConnectionManager;
            isTcp |= filter.Text("name") == TcpProxy && !IsBlackHole(filter);
        }

        return (isHttp, isTcp) switch
        {
            (true, true) => "HTTP+TCP",
            (true, false) => "HTTP",
            (false, true) => "TCP",
            _ => "UNKNOWN",
        };
    }

    internal static string DescribeMatch(JsonNode chain)
    {
        var match = chain.Field("filter_chain_match");
        var parts = new List<string>();
        if (match.Texts("server_names") is { Count: > 0 } names)
        {
            parts.Add($"SNI: {string.Join(',', names)}");
        }

        if (match.Text("transport_protocol") is { Length: > 0 } transport)
        {
            parts.Add($"Trans: {transport}");
        }

        if (match.Texts("application_protocols") is { Count: > 0 } protocols)
        {
            var joined = string.Join(',', protocols);
            parts.Add(_protocolNames.GetValueOrDefault(joined, $"App: {joined}"));
        }

        var port = match.Field("destination_port") is { } number ? $":{number}" : "";
        var ranges = match.List("prefix_ranges")
            .Select(range => $"{range.Text("address_prefix")}/{range.Number("prefix_len")}").ToList();
        if (ranges.Count > 0)
        {
            parts.Add($"Addr: {string.Join(',', ranges)}{port}");
        }
        else if (port.Length > 0)
        {
            parts.Add($"Addr: *{port}");
        }

        return parts.Count == 0 ? "ALL" : string.Join("; ", parts);
    }

    internal static string DescribeDestination(JsonNode chain)
    {
        foreach (var filter in chain.List("filters"))
        {
            var config = filter.Field("typed_config");
            switch (filter.Text("name"))
            {
                case HttpConnectionManager when config.Field("route_config") is { } routes:
                    return RouteDescription.DescribeInline(routes);
                case HttpConnectionManager:
                    var name = config.Field("rds").Text("route_config_name");
                    return name.Length > 0 ? $"Route: {name}" : "HTTP";
                case TcpProxy when !IsBlackHole(filter):
                    return RouteDescription.DescribeCluster(config.Text("cluster"));
                default:
                    break;
            }
        }

        return "Non-HTTP/Non-TCP";
    }

    private static bool IsBlackHole(JsonNode filter) =>
        filter.Field("typed_config")?.ToJsonString().Contains(BlackHoleCluster, StringComparison.Ordinal) ?? false;
}
