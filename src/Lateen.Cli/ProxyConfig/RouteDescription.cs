using System.Text.Json.Nodes;

namespace Lateen.Cli.ProxyConfig;

/// <summary>Routes, domains and clusters in istioctl's words.</summary>
internal static class RouteDescription
{
    private const string ClusterDomain = ".svc.cluster.local";
    private const string ServiceDomain = ".svc";
    private const int DomainsShownMax = 2;

    /// <summary>The clusters that Istio makes itself speak for themselves.</summary>
    internal static string DescribeCluster(string cluster) =>
        cluster.Contains("Cluster", StringComparison.Ordinal) ? cluster : $"Cluster: {cluster}";

    /// <summary>A route table within a listener: its only cluster, or its hosts with what they match.</summary>
    internal static string DescribeInline(JsonNode routes)
    {
        var hosts = routes.List("virtual_hosts").ToList();
        if (FindOnlyCluster(hosts) is { } cluster)
        {
            return DescribeCluster(cluster);
        }

        var texts = hosts.Select(host =>
        {
            var domains = host.Texts("domains");
            var matches = string.Join(", ", host.List("routes").Select(route => DescribeMatch(route.Field("match"))));
            return domains is ["*"] or [] ? matches : $"{string.Join('/', domains)} {matches}";
        });
        return $"Inline Route: {string.Join("; ", texts)}";
    }

    internal static string DescribeMatch(JsonNode? match)
    {
        var parts = new List<string>();
        if (match.Text("prefix") is { Length: > 0 } prefix)
        {
            parts.Add($"{prefix}*");
        }

        if (match.Text("path_separated_prefix") is { Length: > 0 } separated)
        {
            parts.Add($"PathPrefix:{separated}");
        }

        if (match.Text("path") is { Length: > 0 } path)
        {
            parts.Add(path);
        }

        if (match.Field("safe_regex") is { } regex)
        {
            parts.Add($"regex {regex.Text("regex")}");
        }

        return string.Join(' ', parts);
    }

    /// <summary>The first domains without a port, leaving out the longer forms of a service's short name.</summary>
    internal static string DescribeDomains(List<string> domains)
    {
        if (domains.Count < 2)
        {
            return domains.Count == 0 ? "" : domains[0];
        }

        var shown = domains.Where(HasNoPort).ToList();
        var all = shown.ToHashSet(StringComparer.Ordinal);
        shown.RemoveAll(domain => IsLongerForm(domain, ClusterDomain, all) || IsLongerForm(domain, ServiceDomain, all));
        var text = string.Join(", ", shown.Take(DomainsShownMax));
        return shown.Count > DomainsShownMax ? $"{text} + {shown.Count - DomainsShownMax} more..." : text;
    }

    private static bool HasNoPort(string domain)
    {
        var colons = domain.Count(c => c == ':');
        return colons == 0 || (colons > 2 && domain.EndsWith(']'));
    }

    private static bool IsLongerForm(string domain, string suffix, HashSet<string> all) =>
        domain.EndsWith(suffix, StringComparison.Ordinal) && all.Contains(domain[..^suffix.Length]);

    /// <summary>The cluster to which everything goes, if it is that simple.</summary>
    private static string? FindOnlyCluster(List<JsonNode> hosts)
    {
        if (hosts is not [var host] || host.Texts("domains") is not ["*"]
            || host.List("routes").ToList() is not [var route] || route.Field("match").Text("prefix") != "/")
        {
            return null;
        }

        return route.Field("route").Text("cluster") is { Length: > 0 } cluster ? cluster : null;
    }
}
