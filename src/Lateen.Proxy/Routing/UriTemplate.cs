using System.Buffers;
using System.Text;
using Lateen.Proxy.Regex;

namespace Lateen.Proxy.Routing;

/// <summary>
/// A path template such as <c>/a/{x}/*/{rest=**}</c>. Source: <c>path.match.uri_template</c>. Compiled to a regular
/// expression with a group per variable; an asterisk inside a longer literal repeats the character before it, as in
/// Envoy, and a template whose expression means nothing matches nothing.
/// </summary>
internal sealed class UriTemplate
{
    /// <summary>Longest template and rewrite, in characters.</summary>
    public const int PatternLengthMax = 256;

    private const int VariableCountMax = 5;
    private const int NameLengthMax = 16;
    private const string LiteralSet = "a-zA-Z0-9._~%!$&'()+,;:@=*";
    private const string PathGlob = "[" + LiteralSet + "-]+";
    private const string TextGlob = "[" + LiteralSet + "/-]*";

    private static readonly SearchValues<char> LiteralChars = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%!$&'()+,;:@=*");

    private readonly CompiledRegex? _regex;

    private UriTemplate(CompiledRegex? regex, string[] variables)
    {
        _regex = regex;
        Variables = variables;
    }

    /// <summary>Names of the variables, in the order of their groups.</summary>
    public string[] Variables { get; }

    public bool IsMatch(ReadOnlySpan<byte> path) => _regex is not null && _regex.IsFullMatch(path);

    /// <summary>Positions of the variables, two per variable after those of the whole match.</summary>
    public bool TryCapture(ReadOnlySpan<byte> path, Span<int> slots) =>
        _regex is not null && _regex.Find(path, 0, slots, true);

    public static bool TryParse(string pattern, out UriTemplate? template, out string error)
    {
        template = null;
        error = "Invalid pattern";
        if (pattern.Length is 0 or > PatternLengthMax || pattern[0] != '/'
            || pattern.AsSpan().IndexOfAnyExceptInRange('!', '~') >= 0)
        {
            return false;
        }
        var parser = new Parser();
        if (!parser.TryParse(pattern[1..], out error))
        {
            return false;
        }
        _ = CompiledRegex.TryCreate(parser.Pattern, out var regex, out _);
        template = new UriTemplate(regex, [.. parser.Variables]);
        return true;
    }

    /// <summary>Whether a text may stand in a template's segment.</summary>
    internal static bool IsLiteral(ReadOnlySpan<char> text) =>
        !text.IsEmpty && text.IndexOfAnyExcept(LiteralChars) < 0;

    internal static bool IsName(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty || !char.IsAsciiLetter(name[0]))
        {
            return false;
        }
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_')
            {
                return false;
            }
        }
        return true;
    }

    private sealed class Parser
    {
        private readonly StringBuilder _regex = new("/");
        private bool _sawTextGlob;
        private string _error = "";

        public List<string> Variables { get; } = [];

        public string Pattern => _regex.ToString();

        public bool TryParse(string rest, out string error)
        {
            while (rest.Length > 0 && TryAppendSegment(ref rest))
            {
                if (rest.Length > 0 && rest[0] != '/')
                {
                    TryAppendSuffix(rest);
                    break;
                }
                if (rest.Length > 0)
                {
                    _regex.Append('/');
                    rest = rest[1..];
                }
            }
            if (Variables.Count > VariableCountMax)
            {
                Fail("Exceeded variable count limit");
            }
            if (Variables.Distinct().Count() != Variables.Count)
            {
                Fail("Repeated variable name");
            }
            error = _error;
            return _error.Length == 0;
        }

        private bool TryAppendSegment(ref string rest)
        {
            if (rest[0] == '*')
            {
                return TryAppendGlob(ref rest);
            }
            if (rest[0] != '{')
            {
                // A literal may lead to a variable in the same segment.
                var end = rest.AsSpan().IndexOfAny('/', '{');
                var literal = end < 0 ? rest : rest[..end];
                rest = rest[literal.Length..];
                if (!TryAppendLiteral(literal) || !rest.StartsWith('{'))
                {
                    return _error.Length == 0;
                }
            }
            var close = rest.IndexOf('}', StringComparison.Ordinal);
            if (close < 0)
            {
                return Fail("Unmatched variable bracket");
            }
            var variable = rest[1..close];
            rest = rest[(close + 1)..];
            return TryAppendVariable(variable);
        }

        private bool TryAppendGlob(ref string rest)
        {
            if (_sawTextGlob)
            {
                return Fail("Glob after text glob.");
            }
            _sawTextGlob = rest.StartsWith("**", StringComparison.Ordinal);
            _regex.Append(_sawTextGlob ? TextGlob : PathGlob);
            rest = rest[(_sawTextGlob ? 2 : 1)..];
            return true;
        }

        private bool TryAppendVariable(string text)
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? text : text[..equals];
            if (!IsName(name) || name.Length > NameLengthMax)
            {
                return Fail("Invalid variable name");
            }
            Variables.Add(name);
            _regex.Append('(');
            var rest = equals < 0 ? "*" : text[(equals + 1)..];
            if (rest.Length == 0)
            {
                return Fail("Empty variable match");
            }
            while (rest.Length > 0)
            {
                if (rest[0] == '*' ? !TryAppendGlob(ref rest) : !TryAppendPart(ref rest))
                {
                    return false;
                }
                if (rest.Length > 0)
                {
                    if (rest[0] != '/' || rest.Length == 1)
                    {
                        return Fail("Invalid variable match");
                    }
                    _regex.Append('/');
                    rest = rest[1..];
                }
            }
            _regex.Append(')');
            return true;
        }

        private bool TryAppendPart(ref string rest)
        {
            var end = rest.IndexOf('/', StringComparison.Ordinal);
            var literal = end < 0 ? rest : rest[..end];
            rest = rest[literal.Length..];
            return TryAppendLiteral(literal);
        }

        /// <summary>What follows a glob or a variable at once is plain text to the end.</summary>
        private bool TryAppendSuffix(string suffix)
        {
            if (!IsLiteral(suffix.Replace("/", "", StringComparison.Ordinal)))
            {
                return Fail($"Invalid suffix literal: \"{suffix}\"");
            }
            Append(suffix);
            return true;
        }

        private bool TryAppendLiteral(string literal)
        {
            if (!IsLiteral(literal))
            {
                return Fail("Invalid literal");
            }
            Append(literal);
            return true;
        }

        private void Append(string literal)
        {
            foreach (var c in literal)
            {
                _regex.Append(c is '$' or '(' or ')' or '+' or '.' ? "\\" : "").Append(c);
            }
        }

        private bool Fail(string error)
        {
            _error = error;
            return false;
        }
    }
}
