namespace Lateen.Local.Loopback;

/// <summary>Puts the folders of volumes in for the paths that they are mounted at.</summary>
internal static class MountPaths
{
    /// <summary>
    /// Replaces each mount path where a path begins with it: at the start or after a mark that separates words, and up
    /// to the end of a part of the path. Of two that fit, the longer one counts.
    /// </summary>
    /// <param name="text">A word of a command, or a variable's value.</param>
    /// <param name="mounts">Mount paths without a slash at the end, and their folders.</param>
    public static string Replace(string text, IReadOnlyList<(string Mount, string Source)> mounts)
    {
        if (!text.Contains('/', StringComparison.Ordinal))
        {
            return text;
        }

        var result = new System.Text.StringBuilder();
        for (var at = 0; at < text.Length;)
        {
            (string Mount, string Source)? best = null;
            if (text[at] == '/' && (at == 0 || IsSeparator(text[at - 1])))
            {
                foreach (var mount in mounts)
                {
                    var end = at + mount.Mount.Length;
                    if (mount.Mount.Length > (best?.Mount.Length ?? 0)
                        && text.AsSpan(at).StartsWith(mount.Mount, StringComparison.Ordinal)
                        && (end == text.Length || text[end] == '/' || IsSeparator(text[end])))
                    {
                        best = mount;
                    }
                }
            }

            if (best is { } found)
            {
                result.Append(found.Source);
                at += found.Mount.Length;
            }
            else
            {
                result.Append(text[at++]);
            }
        }

        return result.ToString();
    }

    private static bool IsSeparator(char c) => c is ' ' or '=' or ':' or ',' or ';' or '"' or '\'' or '\n' or '\t';
}
