using System.Text;
using Lateen.Proxy.Regex;

namespace Lateen.Proxy.Routing;

/// <summary>
/// A path template such as <c>/a/{x}/*/{rest=**}</c>. Source: <c>path.match.uri_template</c>. Compiled to a regular
/// expression
/// with a group per variable.
/// </summary>
internal sealed class UriTemplate
{
    private const int VariableCountMax = 5;
    private const int PatternLengthMax = 1024;
    private const int GlobCountMax = 5;
    private const string Literal = "[a-zA-Z0-9-._~%!$&'()+,;:@=]+";

    private readonly CompiledRegex _regex;

    private UriTemplate(CompiledRegex regex, string[] variables)
    {
        _regex = regex;
        Variables = variables;
    }

    /// <summary>Names of the variables, in the order of their groups.</summary>
    public string[] Variables { get; }

    public bool IsMatch(ReadOnlySpan<byte> path) => _regex.IsFullMatch(path);

    /// <summary>Positions of the variables, two per variable after those of the whole match.</summary>
    public bool TryCapture(ReadOnlySpan<byte> path, Span<int> slots) => _regex.Find(path, 0, slots, true);

    public static bool TryParse(string pattern, out UriTemplate? template, out string error)
    {
        template = null;
        var variables = new List<string>();
        var regex = new StringBuilder();
        error = "invalid path template";
        if (pattern.Length is 0 or > PatternLengthMax || pattern[0] != '/')
        {
            return false;
        }
        var globs = 0;
        var sawDouble = false;
        var rest = pattern;
        while (rest.Length > 0)
        {
            if (rest[0] != '/' || sawDouble)
            {
                // After ** only a literal suffix without wildcards may follow.
                if (rest[0] != '/' || !TryAppendSuffix(rest, regex))
                {
                    return false;
                }
                break;
            }
            regex.Append('/');
            rest = rest[1..];
            if (!TryAppendSegment(ref rest, regex, variables, ref globs, ref sawDouble))
            {
                return false;
            }
        }
        if (variables.Count > VariableCountMax || variables.Distinct().Count() != variables.Count
            || globs > GlobCountMax
            || !CompiledRegex.TryCreate(regex.ToString(), out var compiled, out error))
        {
            return false;
        }
        template = new UriTemplate(compiled!, [.. variables]);
        error = "";
        return true;
    }

    private static bool TryAppendSuffix(string rest, StringBuilder regex)
    {
        if (rest.AsSpan().IndexOfAny("*{}") >= 0 || rest.Contains("//", StringComparison.Ordinal))
        {
            return false;
        }
        return TryAppendLiteral(rest, regex, allowSlash: true);
    }

    private static bool TryAppendSegment(
        ref string rest, StringBuilder regex, List<string> variables, ref int globs, ref bool sawDouble)
    {
        if (rest.Length == 0)
        {
            return true;
        }
        if (rest[0] == '{')
        {
            var close = rest.IndexOf('}');
            if (close < 0 || !TryAppendVariable(rest[1..close], regex, variables, ref globs, ref sawDouble))
            {
                return false;
            }
            rest = rest[(close + 1)..];
        }
        else if (rest[0] == '*')
        {
            globs++;
            var isDouble = rest.StartsWith("**", StringComparison.Ordinal);
            regex.Append(isDouble ? ".*" : Literal);
            sawDouble |= isDouble;
            rest = rest[(isDouble ? 2 : 1)..];
        }
        else
        {
            var end = rest.IndexOf('/');
            var text = end < 0 ? rest : rest[..end];
            if (text.Length == 0 || !TryAppendLiteral(text, regex, allowSlash: false))
            {
                return false;
            }
            rest = end < 0 ? "" : rest[end..];
        }
        // A wildcard stands for a whole segment, unless it is ** with a literal suffix right behind it.
        if (rest.Length > 0 && rest[0] != '/')
        {
            if (!sawDouble || rest.AsSpan().IndexOfAny("*{}") >= 0 || !TryAppendLiteral(rest, regex, allowSlash: true))
            {
                return false;
            }
            rest = "";
        }
        return true;
    }

    private static bool TryAppendVariable(
        string text, StringBuilder regex, List<string> variables, ref int globs, ref bool sawDouble)
    {
        var equals = text.IndexOf('=');
        var name = equals < 0 ? text : text[..equals];
        if (name.Length is 0 or > 16 || !char.IsAsciiLetter(name[0])
            || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '_'))
        {
            return false;
        }
        variables.Add(name);
        regex.Append('(');
        if (equals < 0)
        {
            regex.Append(Literal);
        }
        else
        {
            var parts = text[(equals + 1)..].Split('/');
            for (var i = 0; i < parts.Length; i++)
            {
                regex.Append(i == 0 ? "" : "/");
                if (sawDouble)
                {
                    return false;
                }
                if (parts[i] is "*" or "**")
                {
                    globs++;
                    sawDouble |= parts[i] == "**";
                    regex.Append(parts[i] == "**" ? ".*" : Literal);
                }
                else if (parts[i].Length == 0 || !TryAppendLiteral(parts[i], regex, allowSlash: false, allowStar: true))
                {
                    return false;
                }
            }
        }
        regex.Append(')');
        return true;
    }

    /// <summary>An asterisk within a longer segment of a variable is a plain character, as in Envoy.</summary>
    private static bool TryAppendLiteral(string text, StringBuilder regex, bool allowSlash, bool allowStar = false)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && !"-._~%!$&'()+,;:@=".Contains(c) && !(allowSlash && c == '/')
                && !(allowStar && c == '*'))
            {
                return false;
            }
            regex.Append(char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '~' or '%' ? "" : "\\").Append(c);
        }
        return true;
    }
}
