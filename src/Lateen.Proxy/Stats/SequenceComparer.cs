using System.Diagnostics.CodeAnalysis;

namespace Lateen.Proxy.Stats;

/// <summary>Arrays are equal when their items are.</summary>
internal sealed class SequenceComparer<T> : IEqualityComparer<T[]>
    where T : IEquatable<T>
{
    /// <summary>The first of the arrays that equal this one.</summary>
    public static T[] Share(HashSet<T[]> known, T[] list)
    {
        if (known.TryGetValue(list, out var found))
        {
            return found;
        }
        known.Add(list);
        return list;
    }

    public bool Equals(T[]? x, T[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode([DisallowNull] T[] obj)
    {
        var hash = default(HashCode);
        foreach (var item in obj)
        {
            hash.Add(item);
        }
        return hash.ToHashCode();
    }
}
