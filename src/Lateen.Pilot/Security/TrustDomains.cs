using Lateen.Pilot.Graph;

namespace Lateen.Pilot.Security;

/// <summary>The mesh's trust domain and its aliases: which principals of a policy stand for which others.</summary>
/// <param name="All">The trust domain first, then its aliases; empty means that principals stay as written.</param>
internal sealed record TrustDomains(EquatableArray<string> All)
{
    private const string ClusterLocal = "cluster.local";
    private const int PartsOfPrincipal = 5;

    /// <summary>Every principal, and for one of this mesh its form in every trust domain.</summary>
    internal IReadOnlyList<string> Expand(IReadOnlyList<string> principals)
    {
        if (All.Count == 0)
        {
            return principals;
        }
        var expanded = new List<string>(principals.Count);
        foreach (var principal in principals)
        {
            expanded.AddRange(Forms(principal));
        }
        return expanded;
    }

    /// <summary>Every trust domain, and for one of this mesh all of them.</summary>
    internal IReadOnlyList<string> ExpandDomains(IReadOnlyList<string> domains)
    {
        return [.. domains.SelectMany(domain => domain != "*" && All.Items.Any(own => Covers(domain, own))
                ? All.Items.Where(own => !domain.Contains('*', StringComparison.Ordinal) || !Covers(domain, own))
                    .Prepend(domain).Distinct(StringComparer.Ordinal)
                : [domain])
            .Distinct(StringComparer.Ordinal)];
    }

    private IEnumerable<string> Forms(string principal)
    {
        var parts = principal.Split('/');
        if (parts.Length != PartsOfPrincipal || parts[0] == "*"
            || (parts[0] != ClusterLocal && !All.Any(domain => Covers(parts[0], domain))))
        {
            return [principal];
        }
        return All.Select(domain => Covers(parts[0], domain) && parts[0].StartsWith('*')
                ? principal : domain + principal[parts[0].Length..])
            .Distinct(StringComparer.Ordinal);
    }

    private static bool Covers(string pattern, string domain)
    {
        return pattern.StartsWith('*') ? domain.EndsWith(pattern[1..], StringComparison.Ordinal)
            : pattern.EndsWith('*') ? domain.StartsWith(pattern[..^1], StringComparison.Ordinal)
            : pattern == domain;
    }
}
