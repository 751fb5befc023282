using System.Text.RegularExpressions;

namespace Lateen.Galley.Validation;

/// <summary>
/// Whether a text can be parsed as an expression of the Common Expression Language. Names and types are not looked at.
/// </summary>
internal sealed partial class CelSyntax
{
    private const int MaxDepth = 100;

    private readonly List<string> _tokens;
    private int _at;
    private int _depth;

    private CelSyntax(List<string> tokens)
    {
        _tokens = tokens;
    }

    /// <summary>What is wrong; null when nothing is.</summary>
    public static string? Check(string expression)
    {
        var tokens = new List<string>();
        var end = 0;
        foreach (Match match in Token().Matches(expression))
        {
            end = match.Index + match.Length;
            if (!string.IsNullOrWhiteSpace(match.Value) && !match.Value.StartsWith("//", StringComparison.Ordinal))
            {
                tokens.Add(match.Value);
            }
        }

        if (end < expression.Length)
        {
            return $"the character '{expression[end]}' has no place in an expression";
        }

        var parser = new CelSyntax(tokens);
        if (!parser.Expression())
        {
            return parser._at < tokens.Count ? $"\"{tokens[parser._at]}\" is not expected here"
                : "the expression ends too early";
        }

        return parser._at == tokens.Count ? null : $"\"{tokens[parser._at]}\" is not expected here";
    }

    private string Peek => _at < _tokens.Count ? _tokens[_at] : "";

    private bool Take(string token)
    {
        var isThere = Peek == token;
        _at += isThere ? 1 : 0;
        return isThere;
    }

    private bool Expression()
    {
        if (++_depth > MaxDepth)
        {
            return false;
        }

        var isGood = Binary(0) && (!Take("?") || (Binary(0) && Take(":") && Expression()));
        _depth--;
        return isGood;
    }

    private static readonly string[][] _operators =
        [["||"], ["&&"], ["<", "<=", ">", ">=", "==", "!=", "in"], ["+", "-"], ["*", "/", "%"]];

    private bool Binary(int level)
    {
        if (level == _operators.Length)
        {
            return Unary();
        }

        do
        {
            if (!Binary(level + 1))
            {
                return false;
            }
        }
        while (_operators[level].Any(Take));
        return true;
    }

    private bool Unary()
    {
        while (Take("!") || Take("-"))
        {
        }

        return Primary() && Members();
    }

    private bool Members()
    {
        while (true)
        {
            if (Take("."))
            {
                _ = Take("?");
                if (!IsName(Peek))
                {
                    return false;
                }

                _at++;
            }
            else if (Take("["))
            {
                _ = Take("?");
                if (!Expression() || !Take("]"))
                {
                    return false;
                }
            }
            else if (Take("("))
            {
                if (!List(")", pairs: false))
                {
                    return false;
                }
            }
            else if (Peek == "{" && IsName(_tokens[_at - 1]))
            {
                _at++;
                if (!List("}", pairs: true))
                {
                    return false;
                }
            }
            else
            {
                return true;
            }
        }
    }

    private bool Primary()
    {
        if (Take("("))
        {
            return Expression() && Take(")");
        }

        if (Take("["))
        {
            return List("]", pairs: false);
        }

        if (Take("{"))
        {
            return List("}", pairs: true);
        }

        _ = Take(".");
        var isValue = Peek.Length > 0 && (IsName(Peek) || char.IsAsciiDigit(Peek[0]) || Peek[^1] is '"' or '\''
            || (Peek[0] == '.' && Peek.Length > 1));
        _at += isValue ? 1 : 0;
        return isValue;
    }

    private bool List(string close, bool pairs)
    {
        while (!Take(close))
        {
            _ = Take("?");
            if (!Expression() || (pairs && !(Take(":") && Expression())) || (!Take(",") && Peek != close))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsName(string token) =>
        token.Length > 0 && (char.IsAsciiLetter(token[0]) || token[0] == '_') && token[^1] is not ('"' or '\'')
        && token is not "in";

    [GeneratedRegex("""
        \G(?:\s+|//[^\n]*
        |[bB]?[rR]?\"{3}(?:[^\\]|\\.)*?\"{3}|[bB]?[rR]?'{3}(?:[^\\]|\\.)*?'{3}
        |[rR][bB]?"[^"\n]*"|[rR][bB]?'[^'\n]*'
        |[bB]?"(?:[^"\\\n]|\\.)*"|[bB]?'(?:[^'\\\n]|\\.)*'
        |0[xX][0-9a-fA-F]+[uU]?|[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|[0-9]+[uU]?
        |[a-zA-Z_][a-zA-Z0-9_]*|`[^`]+`
        |\|\||&&|<=|>=|==|!=|[-+*/%<>!?:.,()\[\]{}])
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant)]
    private static partial Regex Token();
}
