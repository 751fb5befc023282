using System.Globalization;
using System.Text;
using Lateen.Proxy.Regex;

namespace Lateen.Proxy.Cel;

/// <summary>Recursive descent over the grammar of CEL (cel-spec, <c>doc/langdef.md</c>), 64 levels deep.</summary>
internal sealed class CelParser
{
    private const int DepthMax = 64;

    private static readonly string[][] Levels = [["==", "!=", "<=", ">=", "<", ">", "in"], ["+", "-"], ["*", "/", "%"]];

    private readonly CelLexer _lexer;
    private int _depth;
    private string _error = "";

    private CelParser(string text) => _lexer = new CelLexer(text);

    public static CelNode? Parse(string text, out string error)
    {
        var parser = new CelParser(text);
        var root = parser._lexer.Error.Length > 0 ? null : parser.Ternary();
        if (root is not null && parser._lexer.Kind != CelToken.End)
        {
            root = parser.Fail($"unexpected '{parser._lexer.Text}'");
        }
        error = parser._lexer.Error.Length > 0 ? parser._lexer.Error : parser._error;
        return error.Length > 0 ? null : root;
    }

    private CelNode? Fail(string message)
    {
        if (_error.Length == 0)
        {
            _error = $"position {_lexer.Position}: {message}";
        }
        return null;
    }

    private bool Take(string symbol)
    {
        if (_lexer.Kind is not (CelToken.Symbol or CelToken.Name) || _lexer.Text != symbol)
        {
            return false;
        }
        _lexer.Next();
        return true;
    }

    private CelNode? Ternary()
    {
        if (++_depth > DepthMax)
        {
            return Fail("the expression is nested too deeply");
        }
        var condition = Or();
        if (condition is not null && Take("?"))
        {
            var yes = Or();
            if (yes is null || !Take(":"))
            {
                return Fail("':' is missing");
            }
            condition = Ternary() is { } no ? new CelNode.Choice(condition, yes, no) : null;
        }
        _depth--;
        return condition;
    }

    private CelNode? Or()
    {
        var left = And();
        while (left is not null && Take("||"))
        {
            left = And() is { } right ? new CelNode.Logic(left, right, false) : null;
        }
        return left;
    }

    private CelNode? And()
    {
        var left = Level(0);
        while (left is not null && Take("&&"))
        {
            left = Level(0) is { } right ? new CelNode.Logic(left, right, true) : null;
        }
        return left;
    }

    private CelNode? Level(int level)
    {
        if (level == Levels.Length)
        {
            return Unary();
        }
        var left = Level(level + 1);
        while (left is not null && Array.Find(Levels[level], Take) is { } op)
        {
            left = Level(level + 1) is { } right ? new CelNode.Binary(op, left, right) : null;
        }
        return left;
    }

    private CelNode? Unary()
    {
        if (Take("!"))
        {
            return Unary() is { } operand ? new CelNode.Not(operand) : null;
        }
        if (Take("-"))
        {
            return Unary() is { } operand ? new CelNode.Negate(operand) : null;
        }
        return Member();
    }

    private CelNode? Member()
    {
        var node = Primary();
        while (node is not null)
        {
            if (Take("."))
            {
                var name = _lexer.Text;
                if (_lexer.Kind != CelToken.Name)
                {
                    return Fail("a name is missing after '.'");
                }
                _lexer.Next();
                node = Take("(") ? Method(node, name) : Field(node, name);
            }
            else if (Take("["))
            {
                var key = Ternary();
                node = key is not null && Take("]") ? new CelNode.Select(node, key) : Fail("']' is missing");
            }
            else
            {
                break;
            }
        }
        return node;
    }

    private CelNode? Field(CelNode target, string name)
    {
        if (target is CelNode.Constant { Value: { Kind: CelKind.Map, Reference: CelMap map } } && !map.Knows(name))
        {
            return Fail($"there is no attribute '{name}'");
        }
        return new CelNode.Select(target, Text(name));
    }

    private CelNode? Method(CelNode target, string name)
    {
        var arguments = Arguments(")");
        return arguments is null ? null : Call(name, [target, .. arguments]);
    }

    private CelNode? Call(string name, CelNode[] arguments)
    {
        if (name == "matches" && arguments.Length == 2)
        {
            if (arguments[1] is not CelNode.Constant { Value: { Kind: CelKind.Text, Reference: byte[] pattern } })
            {
                return Fail("matches needs a constant expression");
            }
            return CompiledRegex.TryCreate(Encoding.UTF8.GetString(pattern), out var regex, out var error)
                ? new CelNode.Call(CelFunctions.Matches(regex!), [arguments[0]])
                : Fail(error);
        }
        return CelFunctions.Find(name, arguments.Length) is { } function
            ? new CelNode.Call(function, arguments)
            : Fail($"there is no function '{name}' of {arguments.Length} arguments");
    }

    private List<CelNode>? Arguments(string end)
    {
        var items = new List<CelNode>();
        while (!Take(end))
        {
            if (items.Count > 0 && !Take(","))
            {
                Fail($"',' or '{end}' is missing");
                return null;
            }
            if (Ternary() is not { } item)
            {
                return null;
            }
            items.Add(item);
        }
        return items;
    }

    private CelNode? Primary()
    {
        var (kind, text) = (_lexer.Kind, _lexer.Text);
        switch (kind)
        {
            case CelToken.Number:
                _lexer.Next();
                return Number(text);
            case CelToken.Text:
                _lexer.Next();
                return Text(text);
            case CelToken.Name:
                _lexer.Next();
                return Name(text);
        }
        if (Take("("))
        {
            var inner = Ternary();
            return inner is not null && Take(")") ? inner : Fail("')' is missing");
        }
        if (Take("["))
        {
            return Arguments("]") is { } items ? new CelNode.List([.. items]) : null;
        }
        return Fail(kind == CelToken.End ? "Syntax error: unexpected end" : $"unexpected '{text}'");
    }

    private CelNode? Name(string name)
    {
        switch (name)
        {
            case "true" or "false":
                return new CelNode.Constant(CelValue.Of(name == "true"));
            case "null":
                return new CelNode.Constant(CelValue.Null);
        }
        if (Take("("))
        {
            if (Arguments(")") is not { Count: > 0 } arguments)
            {
                return Fail($"'{name}' needs an argument");
            }
            if (name == "has")
            {
                return arguments is [CelNode.Select select]
                    ? new CelNode.Has(select)
                    : Fail("has() takes a field selection");
            }
            return Call(name, [.. arguments]);
        }
        return CelAttributes.Find(name) is { } map
            ? new CelNode.Constant(CelValue.Of(map))
            : Fail($"there is no attribute '{name}'");
    }

    private static CelNode.Constant Text(string text) => new(CelValue.Of(Encoding.UTF8.GetBytes(text)));

    private CelNode? Number(string text)
    {
        var culture = CultureInfo.InvariantCulture;
        if (text[^1] is 'u' or 'U')
        {
            return ulong.TryParse(text[..^1], NumberStyles.None, culture, out var unsigned)
                ? new CelNode.Constant(CelValue.OfUnsigned(unsigned))
                : Fail($"'{text}' is no number");
        }
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            return long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, culture, out var hex)
                ? new CelNode.Constant(CelValue.Of(hex))
                : Fail($"'{text}' is no number");
        }
        if (long.TryParse(text, NumberStyles.None, culture, out var integer))
        {
            return new CelNode.Constant(CelValue.Of(integer));
        }
        return double.TryParse(text, NumberStyles.Float, culture, out var real)
            ? new CelNode.Constant(CelValue.Of(real))
            : Fail($"'{text}' is no number");
    }
}
