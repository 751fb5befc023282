namespace Lateen.Pilot.Model;

/// <summary>Host names in configuration: short, full, and with a wildcard on the left.</summary>
public static class HostNames
{
    /// <summary>Whether the name stands for many hosts.</summary>
    public static bool IsWildcard(string host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return host.StartsWith('*');
    }

    /// <summary>A name without dots belongs to the namespace of the object that holds it; others are full
    /// already.</summary>
    public static string Resolve(string host, string @namespace, string domainSuffix)
    {
        ArgumentNullException.ThrowIfNull(host);
        return host.Contains('.', StringComparison.Ordinal) || IsWildcard(host) || host.Length == 0
            ? host
            : $"{host}.{@namespace}.svc.{domainSuffix}";
    }

    /// <summary>The two names have a host in common.</summary>
    public static bool Overlap(string a, string b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        if (IsWildcard(a))
        {
            var suffix = a.AsSpan(1);
            if (!IsWildcard(b))
            {
                return b.AsSpan().EndsWith(suffix, StringComparison.Ordinal);
            }
            var other = b.AsSpan(1);
            return suffix.Length < other.Length
                ? other.EndsWith(suffix, StringComparison.Ordinal)
                : suffix.EndsWith(other, StringComparison.Ordinal);
        }
        return IsWildcard(b) ? a.AsSpan().EndsWith(b.AsSpan(1), StringComparison.Ordinal) : a == b;
    }

    /// <summary>Every host of the first name belongs to the second.</summary>
    public static bool SubsetOf(string a, string b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        if (!IsWildcard(b))
        {
            return a == b;
        }
        if (IsWildcard(a) && a.Length < b.Length)
        {
            return false;
        }
        return a.AsSpan(IsWildcard(a) ? 1 : 0).EndsWith(b.AsSpan(1), StringComparison.Ordinal);
    }

    /// <summary>Negative when the first is the more specific: exact before wildcard, longer wildcard before shorter,
    /// then by name.</summary>
    public static int CompareSpecificity(string a, string b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        var wildcards = IsWildcard(a).CompareTo(IsWildcard(b));
        if (wildcards != 0)
        {
            return wildcards;
        }
        if (IsWildcard(a) && a.Length != b.Length)
        {
            return b.Length.CompareTo(a.Length);
        }
        return string.CompareOrdinal(a, b);
    }

    /// <summary>The name itself, then each wildcard that covers it, most specific first, <c>*</c> last.</summary>
    public static IEnumerable<string> CoveringNames(string host)
    {
        yield return host;
        var dot = host.IndexOf('.', IsWildcard(host) ? Math.Min(2, host.Length) : 0);
        while (dot >= 0)
        {
            yield return string.Concat("*", host.AsSpan(dot));
            dot = host.IndexOf('.', dot + 1);
        }
        if (host != "*")
        {
            yield return "*";
        }
    }
}
