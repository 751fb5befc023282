namespace Lateen.Pilot.Model;

/// <summary>The <c>hosts</c> of a Sidecar's egress listener: <c>namespace/dnsName</c> each.</summary>
internal sealed class ImportedHosts
{
    private const string AnyNamespace = "*";
    private readonly Dictionary<string, List<string>> _byNamespace = [];
    private readonly HashSet<string> _excluded = [];

    public ImportedHosts(IEnumerable<string> hosts, string viewer)
    {
        foreach (var entry in hosts)
        {
            var slash = entry.IndexOf('/', StringComparison.Ordinal);
            var (@namespace, name) = slash < 0 ? (AnyNamespace, entry) : (entry[..slash], entry[(slash + 1)..]);
            if (@namespace == "~")
            {
                continue;
            }
            if (@namespace.StartsWith('~'))
            {
                _excluded.Add(@namespace[1..]);
                continue;
            }
            @namespace = @namespace == "." ? viewer : @namespace;
            if (!_byNamespace.TryGetValue(@namespace, out var names))
            {
                _byNamespace.Add(@namespace, names = []);
            }
            names.Add(name);
        }
    }

    /// <summary>Whether a service of that namespace is imported.</summary>
    public bool Covers(string @namespace, string host) => Any(@namespace, n => HostNames.SubsetOf(host, n));

    /// <summary>Whether a VirtualService host of that namespace is imported.</summary>
    public bool Overlaps(string @namespace, string host) => Any(@namespace, n => HostNames.Overlap(host, n));

    private bool Any(string @namespace, Func<string, bool> matches)
    {
        if (_byNamespace.TryGetValue(@namespace, out var own) && own.Any(matches))
        {
            return true;
        }
        return !_excluded.Contains(@namespace) && _byNamespace.TryGetValue(AnyNamespace, out var any)
            && any.Any(matches);
    }
}
