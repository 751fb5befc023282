using Lateen.Pilot.Graph;

namespace Lateen.Pilot.Model;

/// <summary>The rules of <c>exportTo</c> (API document 0.4). Pure.</summary>
public static class Visibility
{
    /// <summary>Whether an object of one namespace is seen in another.</summary>
    /// <param name="exportTo">As declared.</param>
    /// <param name="fallback">The mesh's default for the kind, used when nothing is declared.</param>
    /// <param name="owner">Namespace of the object.</param>
    /// <param name="viewer">Namespace that looks.</param>
    public static bool IsVisible(EquatableArray<string> exportTo, IReadOnlyList<string> fallback, string owner,
        string viewer)
    {
        ArgumentNullException.ThrowIfNull(fallback);
        if (exportTo.IsEmpty)
        {
            return fallback.Count == 0 || Allows(fallback, owner, viewer);
        }
        return Allows(exportTo, owner, viewer);
    }

    /// <summary>Whether only certain namespaces see the object.</summary>
    public static bool IsPrivate(EquatableArray<string> exportTo, IReadOnlyList<string> fallback)
        => exportTo.IsEmpty ? fallback.Count > 0 && !fallback.Contains("*") : !exportTo.Items.Contains("*");

    private static bool Allows(IReadOnlyList<string> exportTo, string owner, string viewer)
    {
        for (var i = 0; i < exportTo.Count; i++)
        {
            switch (exportTo[i])
            {
                case "*":
                    return true;
                case "." when owner == viewer:
                    return true;
                case "~":
                    break;
                case var name when name == viewer:
                    return true;
            }
        }
        return false;
    }
}
