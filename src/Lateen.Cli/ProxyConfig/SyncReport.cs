using System.Globalization;
using System.Text.Json.Nodes;

namespace Lateen.Cli.ProxyConfig;

/// <summary>
/// The page <c>/debug/syncz</c> of a control plane: for each proxy and type the nonces sent and acknowledged.
/// </summary>
internal sealed class SyncReport(TimeProvider clock, string space, bool isVerbose, string controlPlane = "")
{
    /// <summary>Types in the order of their columns, with istioctl's short names; others follow by URL.</summary>
    private static readonly (string TypeUrl, string Name)[] _known =
    [
        (Xds.TypeUrls.Cluster, "CDS"),
        (Xds.TypeUrls.Listener, "LDS"),
        (Xds.TypeUrls.ClusterLoadAssignment, "EDS"),
        (Xds.TypeUrls.RouteConfiguration, "RDS"),
        (Xds.TypeUrls.Secret, "SDS"),
        (Xds.TypeUrls.TypedExtensionConfig, "ECDS"),
        (Xds.TypeUrls.NameTable, "NDS"),
        (Xds.TypeUrls.ProxyConfig, "PCDS"),
    ];

    internal List<JsonNode> Select(JsonNode page) => page is JsonArray proxies
        ?
        [
            .. proxies.OfType<JsonNode>()
                .Where(proxy => space.Length == 0 || NamespaceOf(proxy.Text("proxy")) == space)
                .OrderBy(NameOf, StringComparer.Ordinal),
        ]
        : throw new DumpException("the input is no list of proxies; is it the page /debug/syncz of a control plane?");

    internal void WriteTable(JsonNode page, TextWriter output)
    {
        var proxies = Select(page);
        if (isVerbose)
        {
            WriteColumns(proxies, output);
            return;
        }

        var table = new TextTable(5, "NAME", "CLUSTER", "ISTIOD", "VERSION", "SUBSCRIBED TYPES");
        var types = Types(proxies);
        foreach (var proxy in proxies)
        {
            var names = types.Where(type => StatusOf(proxy, type) != "IGNORED").Select(ShortName).ToList();
            table.Add(
                NameOf(proxy),
                proxy.Text("cluster_id"),
                ControlPlaneOf(proxy),
                proxy.Text("istio_version"),
                names.Count == 0 ? "0" : $"{names.Count} ({string.Join(',', names)})");
        }

        table.WriteTo(output);
    }

    private void WriteColumns(List<JsonNode> proxies, TextWriter output)
    {
        var types = Types(proxies).Union(_known.Select(known => known.TypeUrl)
            .Where(url => ShortName(url) is "CDS" or "LDS" or "EDS" or "RDS" or "ECDS")).Order(StringComparer.Ordinal)
                .ToList();
        var table = new TextTable(5, ["NAME", "CLUSTER", .. types.Select(ShortName), "ISTIOD", "VERSION"]);
        foreach (var proxy in proxies)
        {
            table.Add(
            [
                NameOf(proxy), proxy.Text("cluster_id"), .. types.Select(type => StatusOf(proxy, type)),
                ControlPlaneOf(proxy), proxy.Text("istio_version"),
            ]);
        }

        table.WriteTo(output);
    }

    /// <summary>All types that occur, the four old ones first.</summary>
    private static List<string> Types(List<JsonNode> proxies)
    {
        var all = proxies.SelectMany(proxy =>
            proxy.Field("resources") is JsonObject types ? types.Select(type => type.Key) : [])
            .Distinct().ToList();
        string[] first = [.. _known.Take(4).Select(known => known.TypeUrl)];
        return [.. first.Where(all.Contains), .. all.Except(first).Order(StringComparer.Ordinal)];
    }

    private string StatusOf(JsonNode proxy, string type)
    {
        var status = proxy.Field("resources").Field(type);
        var (sent, acked) = (status.Text("sent"), status.Text("acked"));
        if (status is null)
        {
            return "IGNORED";
        }

        if (sent.Length == 0)
        {
            return "NOT SENT";
        }

        var word = sent == acked ? "SYNCED" : status.Text("lastError").Length > 0 ? "ERROR" : "STALE";
        return DateTimeOffset.TryParse(
            status.Text("sentTime"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? $"{word} ({HumanDuration(clock.GetUtcNow() - time)})"
            : word;
    }

    /// <summary>The two largest units that matter, as kubectl prints ages.</summary>
    internal static string HumanDuration(TimeSpan age)
    {
        var (seconds, minutes, hours, days) =
            ((long)age.TotalSeconds, (long)age.TotalMinutes, (long)age.TotalHours, (long)age.TotalDays);
        return seconds switch
        {
            < 0 => "0s",
            < 120 => $"{seconds}s",
            < 600 => age.Seconds == 0 ? $"{minutes}m" : $"{minutes}m{age.Seconds}s",
            < 3 * 3600 => $"{minutes}m",
            < 8 * 3600 => age.Minutes == 0 ? $"{hours}h" : $"{hours}h{age.Minutes}m",
            < 48 * 3600 => $"{hours}h",
            < 8 * 86400 => age.Hours == 0 ? $"{days}d" : $"{days}d{age.Hours}h",
            _ => $"{days}d",
        };
    }

    /// <summary>The page may tell which replica serves a proxy; else it is the one that was asked.</summary>
    private string ControlPlaneOf(JsonNode proxy) => proxy.Text("istiod") is { Length: > 0 } name ? name : controlPlane;

    private static string ShortName(string type) =>
        _known.FirstOrDefault(known => known.TypeUrl == type).Name ?? type[(type.LastIndexOf('.') + 1)..];

    /// <summary>A node id is <c>type~address~name.namespace~domain</c>; istiod's page has name.namespace
    /// alone.</summary>
    private static string NameOf(JsonNode proxy) =>
        proxy.Text("proxy").Split('~') is { Length: 4 } parts ? parts[2] : proxy.Text("proxy");

    private static string NamespaceOf(string id)
    {
        var name = id.Split('~') is { Length: 4 } parts ? parts[2] : id;
        return name[(name.LastIndexOf('.') + 1)..];
    }
}
