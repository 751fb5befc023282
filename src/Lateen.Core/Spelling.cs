namespace Lateen.Core;

/// <summary>Finds what a misspelt word was probably meant to be.</summary>
public static class Spelling
{
    // Longer words are compared by their beginning; no name of ours is longer.
    private const int MaxLength = 64;

    /// <summary>
    /// The candidate with the fewest typing errors (insert, delete, replace, swap; case does not count); null when
    /// none has at most one error for every three letters.
    /// </summary>
    public static string? Nearest(string word, IEnumerable<string> candidates)
    {
        var best = (Distance: int.MaxValue, Word: default(string));
        foreach (var candidate in candidates)
        {
            var distance = Distance(word, candidate);
            if (distance < best.Distance)
            {
                best = (distance, candidate);
            }
        }

        return best.Distance <= Math.Max(1, word.Length / 3) ? best.Word : null;
    }

    private static int Distance(string left, string right)
    {
        var a = left.AsSpan(0, Math.Min(left.Length, MaxLength));
        var b = right.AsSpan(0, Math.Min(right.Length, MaxLength));
        var (before, last, current) = (new int[b.Length + 1], new int[b.Length + 1], new int[b.Length + 1]);
        for (var j = 0; j <= b.Length; j++)
        {
            last[j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var same = Same(a[i - 1], b[j - 1]);
                var cost = Math.Min(Math.Min(last[j] + 1, current[j - 1] + 1), last[j - 1] + (same ? 0 : 1));
                if (i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1]))
                {
                    cost = Math.Min(cost, before[j - 2] + 1);
                }

                current[j] = cost;
            }

            (before, last, current) = (last, current, before);
        }

        return last[b.Length];
    }

    private static bool Same(char a, char b) => char.ToLowerInvariant(a) == char.ToLowerInvariant(b);
}
