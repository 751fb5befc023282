namespace Lateen.Pilot.Model;

/// <summary>SPIFFE names of service accounts (contract 10.1).</summary>
public static class SpiffeNames
{
    /// <summary>The identity of an account; an at sign in the trust domain becomes a dot.</summary>
    public static string Of(string trustDomain, string @namespace, string account)
    {
        ArgumentNullException.ThrowIfNull(trustDomain);
        return $"spiffe://{trustDomain.Replace('@', '.')}/ns/{@namespace}/sa/{account}";
    }

    /// <summary>The names themselves, and for those of the mesh a copy in each trust domain that counts as the
    /// same.</summary>
    public static IEnumerable<string> Expand(IEnumerable<string> names, string trustDomain,
        IReadOnlyCollection<string> aliases)
    {
        ArgumentNullException.ThrowIfNull(names);
        foreach (var name in names)
        {
            yield return name;
            if (!name.StartsWith("spiffe://", StringComparison.Ordinal))
            {
                continue;
            }
            var rest = name.IndexOf('/', "spiffe://".Length);
            if (rest < 0)
            {
                continue;
            }
            var domain = name["spiffe://".Length..rest];
            if (domain != trustDomain && !aliases.Contains(domain))
            {
                continue;
            }
            foreach (var alias in aliases.Append(trustDomain).Distinct().Where(a => a != domain))
            {
                yield return $"spiffe://{alias}{name[rest..]}";
            }
        }
    }
}
