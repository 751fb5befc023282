namespace Lateen.Galley.Validation;

/// <summary>Host names with wildcards on the left.</summary>
internal static class Hosts
{
    /// <summary>Whether two names have a host in common.</summary>
    public static bool Overlap(string a, string b) => (a.StartsWith('*'), b.StartsWith('*')) switch
    {
        (false, false) => a == b,
        (true, false) => b.EndsWith(a[1..], StringComparison.Ordinal),
        (false, true) => a.EndsWith(b[1..], StringComparison.Ordinal),
        _ => a[1..].EndsWith(b[1..], StringComparison.Ordinal) || b[1..].EndsWith(a[1..], StringComparison.Ordinal),
    };

    /// <summary>Whether every host of <paramref name="a"/> belongs to <paramref name="b"/>.</summary>
    public static bool IsSubset(string a, string b)
    {
        if (!b.StartsWith('*'))
        {
            return a == b;
        }

        return (!a.StartsWith('*') || a.Length >= b.Length)
            && a.TrimStart('*').EndsWith(b[1..], StringComparison.Ordinal);
    }
}
