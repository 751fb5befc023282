using System.Net;
using System.Net.Sockets;
using Istio.Networking.Nds.V1;

namespace Lateen.Agent.Dns;

/// <summary>
/// The names that the proxy answers itself, made of the control plane's name table: each with the short forms that the
/// workload may use and with the first search domain. Immutable; a new table makes a new one.
/// </summary>
public sealed class NameLookup
{
    private const string Kubernetes = "Kubernetes";

    private readonly Dictionary<string, (IPAddress[] V4, IPAddress[] V6)> _addresses = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _canonical = new(StringComparer.Ordinal);

    private NameLookup()
    {
    }

    /// <summary>How many names have addresses.</summary>
    public int Count => _addresses.Count;

    /// <summary>Builds the lookup.</summary>
    /// <param name="table">From the control plane.</param>
    /// <param name="ns">Namespace of the workload.</param>
    /// <param name="domain">Its domain, e.g. <c>shop.svc.cluster.local</c>.</param>
    /// <param name="searchDomains">Of the resolver's configuration.</param>
    public static NameLookup Build(NameTable table, string ns, string domain, IReadOnlyList<string> searchDomains)
    {
        var lookup = new NameLookup();
        foreach (var (host, info) in table.Table)
        {
            var v4 = Parse(info, AddressFamily.InterNetwork);
            var v6 = Parse(info, AddressFamily.InterNetworkV6);
            if (v4.Length == 0 && v6.Length == 0)
            {
                continue;
            }
            var names = AlternateNames(host, info, ns, domain);
            foreach (var name in names)
            {
                lookup._addresses[name] = (v4, v6);
            }
            if (searchDomains.Count > 0)
            {
                lookup.AddSearchNames(names, searchDomains[0]);
            }
        }
        return lookup;
    }

    /// <summary>The absolute names under which a host is answered, in lower case.</summary>
    public static HashSet<string> AlternateNames(string host, NameTable.Types.NameInfo info, string ns, string domain)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        void Add(string name) => names.Add((name.EndsWith('.') ? name : name + ".").ToLowerInvariant());
        Add(host);
        // The domain of all services: that of the workload without its namespace.
        var parts = domain.Split('.');
        var services = parts[0] == ns ? domain[(ns.Length + (parts.Length > 1 ? 1 : 0))..] : domain;
        // Services of another cluster's domain keep their full name only, for short ones would be ambiguous.
        if (info.Registry != Kubernetes || services.Length == 0
            || !host.EndsWith(services, StringComparison.OrdinalIgnoreCase))
        {
            return names;
        }
        Add($"{info.Shortname}.{info.Namespace}");
        Add($"{info.Shortname}.{info.Namespace}.{services.Split('.')[0]}");
        if (info.Namespace == ns)
        {
            Add(info.Shortname);
        }
#pragma warning disable CS0612 // Older control planes still send it.
        foreach (var alternate in info.AltHosts)
#pragma warning restore CS0612
        {
            Add(alternate);
        }
        return names;
    }

    /// <summary>Finds the records for a name.</summary>
    /// <param name="question">Absolute, in any case.</param>
    /// <param name="type">A or AAAA.</param>
    /// <param name="random">Shuffles addresses, so that clients which take the first spread over all.</param>
    /// <param name="records">Empty where the name has none of the type.</param>
    /// <returns>Whether the name is one of ours.</returns>
    public bool TryFind(string question, ushort type, Random random, out List<DnsRecord> records)
    {
        records = [];
        var name = question.ToLowerInvariant();
        var found = Match(name);
        if (found is null)
        {
            return false;
        }
        var owner = question;
        if (_canonical.TryGetValue(found, out var target))
        {
            records.Add(new DnsRecord(question, DnsType.Cname, null, target));
            found = target;
            owner = target;
        }
        var (v4, v6) = _addresses[found];
        var addresses = (IPAddress[])(type == DnsType.A ? v4 : v6).Clone();
        if (addresses.Length == 0)
        {
            records.Clear();
            return true;
        }
        random.Shuffle(addresses);
        foreach (var address in addresses)
        {
            records.Add(new DnsRecord(owner, type, address, ""));
        }
        return true;
    }

    // The name itself, else the wildcard that shares most labels with it.
    private string? Match(string name)
    {
        if (_addresses.ContainsKey(name) || _canonical.ContainsKey(name))
        {
            return name;
        }
        for (var dot = name.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = name.IndexOf('.', dot + 1))
        {
            var wildcard = "*" + name[dot..];
            if (_addresses.ContainsKey(wildcard) || _canonical.ContainsKey(wildcard))
            {
                return wildcard;
            }
        }
        return null;
    }

    // Clients try the first search domain first; answering that saves them the other tries.
    private void AddSearchNames(HashSet<string> names, string searchDomain)
    {
        var suffix = searchDomain.TrimEnd('.').ToLowerInvariant() + ".";
        foreach (var name in names)
        {
            var expanded = name + suffix;
            if (!name.EndsWith("." + suffix, StringComparison.Ordinal) && !names.Contains(expanded))
            {
                _canonical[expanded] = name;
            }
        }
    }

    private static IPAddress[] Parse(NameTable.Types.NameInfo info, AddressFamily family)
    {
        var addresses = new List<IPAddress>(info.Ips.Count);
        foreach (var text in info.Ips)
        {
            if (IPAddress.TryParse(text, out var address) && address.AddressFamily == family)
            {
                addresses.Add(address);
            }
        }
        return [.. addresses];
    }
}
