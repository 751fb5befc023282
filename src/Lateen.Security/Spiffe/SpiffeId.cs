namespace Lateen.Security.Spiffe;

/// <summary>
/// The identity of a workload, written <c>spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/SERVICE-ACCOUNT</c> (SPIFFE-ID section
/// 2, with Istio's path).
/// </summary>
/// <param name="TrustDomain">Authority whose roots vouch for the identity; default of a mesh:
/// <c>cluster.local</c>.</param>
/// <param name="Namespace">Namespace of the workload.</param>
/// <param name="ServiceAccount">Service account of the workload.</param>
public sealed record SpiffeId(string TrustDomain, string Namespace, string ServiceAccount)
{
    /// <summary>Istio's trust domain where none is set.</summary>
    public const string DefaultTrustDomain = "cluster.local";

    private const string Scheme = "spiffe://";
    private const int PartCount = 5;

    /// <summary>
    /// The identity of these names; an <c>@</c> in the trust domain becomes a dot, because an authority may not hold
    /// one.
    /// </summary>
    /// <exception cref="PkiException">A namespace or service account is empty.</exception>
    public static SpiffeId Create(string trustDomain, string ns, string serviceAccount)
    {
        if (ns.Length == 0 || serviceAccount.Length == 0)
        {
            throw new PkiException(
                $"an identity needs a namespace and a service account: namespace '{ns}', service account "
                    + $"'{serviceAccount}'");
        }
        return new SpiffeId(NormalizeTrustDomain(trustDomain), ns, serviceAccount);
    }

    /// <summary>Reads an identity; false when it has not exactly the five parts. Empty names are taken as they
    /// stand.</summary>
    public static bool TryParse(string uri, out SpiffeId id)
    {
        id = new SpiffeId("", "", "");
        if (!uri.StartsWith(Scheme, StringComparison.Ordinal))
        {
            return false;
        }
        var parts = uri[Scheme.Length..].Split('/');
        if (parts.Length != PartCount || parts[1] != "ns" || parts[3] != "sa")
        {
            return false;
        }
        id = new SpiffeId(parts[0], parts[2], parts[4]);
        return true;
    }

    /// <summary>The trust domain of any SPIFFE URI; null when it is none.</summary>
    public static string? TrustDomainOf(string uri)
    {
        if (!uri.StartsWith(Scheme, StringComparison.Ordinal))
        {
            return null;
        }
        var rest = uri[Scheme.Length..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        return slash <= 0 ? null : rest[..slash];
    }

    /// <summary>An <c>@</c> becomes a dot.</summary>
    public static string NormalizeTrustDomain(string trustDomain) => trustDomain.Replace('@', '.');

    /// <summary>
    /// The given names and, for each that is an identity, the same identity in every trust domain named. Other names
    /// stay. The result is sorted and free of repetitions.
    /// </summary>
    public static IReadOnlyList<string> ExpandWithTrustDomains(IEnumerable<string> names,
        IReadOnlyList<string> trustDomains)
    {
        var all = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            all.Add(name);
            if (!TryParse(name, out var id))
            {
                continue;
            }
            foreach (var trustDomain in trustDomains)
            {
                all.Add((id with { TrustDomain = NormalizeTrustDomain(trustDomain) }).ToString());
            }
        }
        return [.. all];
    }

    /// <summary>The URI.</summary>
    public override string ToString() => $"{Scheme}{TrustDomain}/ns/{Namespace}/sa/{ServiceAccount}";
}
