using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Lateen.Galley.Validation;

/// <summary>
/// Whether RE2 would take a pattern. What only backtracking engines have (looking around, references back, atomic
/// groups) is found here; the rest is translated and left to .NET's parser.
/// </summary>
internal static partial class Re2Syntax
{
    /// <summary>Istio's limit on patterns.</summary>
    public const int MaxLength = 1024;

    private const int MaxRepeat = 1000;

    /// <summary>What is wrong; null when nothing is.</summary>
    public static string? Check(string pattern)
    {
        if (pattern.Length > MaxLength)
        {
            return $"a regular expression has at most {MaxLength} characters";
        }

        try
        {
            var translated = new StringBuilder(pattern.Length + 16);
            if (Translate(pattern, translated) is { } problem)
            {
                return problem;
            }

            _ = new Regex(translated.ToString(), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            return null;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return $"this is no valid regular expression: {e.Message}";
        }
    }

    private static string? Translate(string pattern, StringBuilder target)
    {
        var inClass = false;
        for (var i = 0; i < pattern.Length; i++)
        {
            var rest = pattern.AsSpan(i);
            if (rest[0] == '\\')
            {
                if (Escape(rest, target, out var length) is { } problem)
                {
                    return problem;
                }

                i += length - 1;
            }
            else if (inClass)
            {
                var posix = rest.StartsWith("[:") ? Posix(rest) : null;
                target.Append(posix is { } set ? set.Set : rest[0] == '[' ? "\\[" : rest[0].ToString());
                i += posix is { } skipped ? skipped.Length - 1 : 0;
                inClass = rest[0] != ']';
            }
            else if (rest[0] == '[')
            {
                inClass = true;
                // A bracket right at the start is a member of the class.
                var start = rest.StartsWith("[^]") ? "[^\\]" : rest.StartsWith("[]") ? "[\\]" : "[";
                target.Append(start);
                i += start.Length == 1 ? 0 : start.Length - 2;
            }
            else if (rest.StartsWith("(?"))
            {
                if (Group(rest, target, out var length) is { } problem)
                {
                    return problem;
                }

                i += length - 1;
            }
            else
            {
                if (rest[0] == '{' && Repeat().Match(pattern, i) is { Success: true } repeat && repeat.Index == i
                    && repeat.Groups.Values.Skip(1).Any(g => g.Success && TooMany(g.ValueSpan)))
                {
                    return $"a repetition is at most {MaxRepeat} times";
                }

                target.Append(rest[0]);
            }
        }

        return null;
    }

    private static bool TooMany(ReadOnlySpan<char> digits) =>
        digits.Length > 0
        && (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count > MaxRepeat);

    private static string? Escape(ReadOnlySpan<char> rest, StringBuilder target, out int length)
    {
        length = 2;
        if (rest.Length < 2)
        {
            return "a regular expression must not end in a backslash";
        }

        switch (rest[1])
        {
            case >= '1' and <= '9':
                return "references back to groups are not possible in RE2";
            case 'k' or 'Z' or 'G' or 'R' or 'X' or 'K' or 'c' or 'e' or 'h' or 'H' or 'V':
                return $"the escape \\{rest[1]} does not exist in RE2";
            case 'Q':
                var end = rest.IndexOf("\\E");
                length = end < 0 ? rest.Length : end + 2;
                target.Append(System.Text.RegularExpressions.Regex.Escape(rest[2..(end < 0 ? rest.Length
                    : end)].ToString()));
                return null;
            case 'p' or 'P' when rest.Length > 2 && rest[2] != '{':
                length = 3;
                target.Append(rest[..2]).Append('{').Append(rest[2]).Append('}');
                return null;
            case 'p' or 'P':
                // Scripts such as \p{Greek} are RE2's; .NET knows them under other names.
                length = Math.Max(rest.IndexOf('}'), 1) + 1;
                target.Append(rest[1] == 'p' ? "\\w" : "\\W");
                return null;
            case 'x' when rest.Length > 2 && rest[2] == '{':
                length = rest.IndexOf('}') + 1;
                target.Append('x');
                return length == 0 ? "\\x{ is not closed" : null;
            case 'C':
                target.Append('.');
                return null;
            default:
                target.Append(rest[..2]);
                return char.IsAsciiLetter(rest[1]) && !"aAbBdDfnrstvwWxzSD".Contains(rest[1])
                    ? $"the escape \\{rest[1]} does not exist in RE2" : null;
        }
    }

    private static string? Group(ReadOnlySpan<char> rest, StringBuilder target, out int length)
    {
        length = 2;
        if (rest.StartsWith("(?P<") || (rest.StartsWith("(?<") && rest.Length > 3 && rest[3] is not ('=' or '!')))
        {
            length = rest.IndexOf('<') + 1;
            target.Append("(?<");
            return null;
        }

        if (rest.Length > 2 && (rest[2] is '=' or '!' or '<' or '>' or '#' or '(' or '\''))
        {
            return rest[2] is '=' or '!' or '<' ? "looking around is not possible in RE2"
                : "this group does not exist in RE2";
        }

        var end = rest.IndexOfAny(':', ')');
        if (end < 0 || rest[2..end].ContainsAnyExcept("imsU-"))
        {
            return "this group does not exist in RE2";
        }

        length = end + 1;
        var flags = rest[2..end].ToString().Replace("U", "", StringComparison.Ordinal);
        target.Append("(?").Append(flags is "-" ? "" : flags.TrimEnd('-')).Append(rest[end] == ')' && flags.Length == 0
            ? ":" : "");
        target.Append(rest[end]);
        return null;
    }

    private static (string Set, int Length)? Posix(ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOf(":]");
        string? set = end < 0 ? null : rest[2..end].TrimStart('^') switch
        {
            "alnum" => "a-zA-Z0-9",
            "alpha" => "a-zA-Z",
            "digit" => "0-9",
            "lower" => "a-z",
            "upper" => "A-Z",
            "space" => "\\s",
            "word" => "\\w",
            "xdigit" => "0-9a-fA-F",
            "punct" => "!-/",
            "ascii" or "print" or "graph" or "cntrl" or "blank" => "a",
            _ => null,
        };
        return set is null ? null : (set, end + 2);
    }

    [GeneratedRegex(@"\G\{(\d+)(?:,(\d*))?\}")]
    private static partial Regex Repeat();
}
