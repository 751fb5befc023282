using System.Globalization;

namespace Lateen.Proxy.Cel;

/// <summary>Recursive descent over the grammar of CEL (cel-spec, <c>doc/langdef.md</c>), 64 levels deep.</summary>
internal sealed class CelParser
{
    private const int DepthMax = 64;

    private static readonly string[][] _levels =
        [["==", "!=", "<=", ">=", "<", ">", "in"], ["+", "-"], ["*", "/", "%"]];

    private readonly CelLexer _lexer;
    private readonly CelBuilder _builder;
    private int _depth;
    private string _error = "";

    private CelParser(string text, CelNames names)
    {
        _lexer = new CelLexer(text);
        _builder = new CelBuilder(names);
    }

    public static CelNode? Parse(string text, CelNames names, out string error)
    {
        var parser = new CelParser(text, names);
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
        if (level == _levels.Length)
        {
            return Unary();
        }
        var left = Level(level + 1);
        while (left is not null && Array.Find(_levels[level], Take) is { } op)
        {
            left = Level(level + 1) is { } right ? Call(op == "in" ? "@in" : $"_{op}_", [left, right]) : null;
        }
        return left;
    }

    private CelNode? Unary()
    {
        var (nots, minuses) = (0, 0);
        while (Take("!"))
        {
            nots++;
        }
        while (nots == 0 && Take("-"))
        {
            minuses++;
        }
        CelNode? node;
        if (minuses > 0 && _lexer.Kind == CelToken.Number)
        {
            // The sign belongs to the number: the smallest one has no positive counterpart.
            node = Members(NegativeNumber());
            minuses--;
        }
        else
        {
            node = Member();
        }
        // Pairs do nothing but tell types apart: one pair stands for all.
        for (var i = (minuses & 1) == 0 ? Math.Min(minuses, 2) : 1; node is not null && i > 0; i--)
        {
            node = new CelNode.Negate(node);
        }
        for (var i = (nots & 1) == 0 ? Math.Min(nots, 2) : 1; node is not null && i > 0; i--)
        {
            node = new CelNode.Not(node);
        }
        return node;
    }

    private CelNode? NegativeNumber()
    {
        var text = _lexer.Text;
        _lexer.Next();
        return Number("-" + text);
    }

    private CelNode? Member() => Members(Primary());

    private CelNode? Members(CelNode? node)
    {
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
                node = Take("(") ? Method(node, name) : new CelNode.Select(node, CelBuilder.Text(name));
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

    private CelNode? Method(CelNode target, string name)
    {
        if (name is "all" or "exists" or "exists_one" or "existsOne" or "map" or "filter")
        {
            return Macro(target, name);
        }
        var arguments = Arguments(")");
        return arguments is null ? null : Call(name, [target, .. arguments]);
    }

    private CelNode? Macro(CelNode range, string name)
    {
        var variable = _lexer.Text;
        if (_lexer.Kind != CelToken.Name)
        {
            return Fail($"{name}() needs a variable");
        }
        _lexer.Next();
        if (_builder.Declare(variable) is not { } item || _builder.Declare("@result") is not { } result)
        {
            return Fail(_builder.Error);
        }
        var parts = Take(",") ? Arguments(")") : null;
        _builder.Forget(2);
        return parts is null ? Fail($"{name}() needs an expression")
            : CelBuilder.Macro(name, range, item, result, [.. parts]) ?? Fail($"{name}() has too many arguments");
    }

    private CelNode? Call(string name, CelNode[] arguments) =>
        _builder.Call(name, arguments) ?? Fail(_builder.Error);

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
            if (items.Count > 0 && end != ")" && Take(end))
            {
                break;
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
            case CelToken.Text or CelToken.Bytes:
                var bytes = _lexer.Bytes;
                _lexer.Next();
                return new CelNode.Constant(kind == CelToken.Text ? CelValue.Of(bytes) : CelValue.OfBytes(bytes));
            case CelToken.Name:
                return Name(false);
        }
        if (Take("."))
        {
            return _lexer.Kind == CelToken.Name ? Name(true) : Fail("a name is missing after '.'");
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
        if (Take("{"))
        {
            return Map();
        }
        return Fail(kind == CelToken.End ? "Syntax error: unexpected end" : $"unexpected '{text}'");
    }

    private CelNode.Map? Map()
    {
        var (keys, values) = (new List<CelNode>(), new List<CelNode>());
        while (!Take("}"))
        {
            if (keys.Count > 0 && (!Take(",") || Take("}")))
            {
                if (_lexer.Kind == CelToken.End)
                {
                    Fail("'}' is missing");
                    return null;
                }
                break;
            }
            if (Ternary() is not { } key || !Take(":") || Ternary() is not { } value)
            {
                Fail("a mapping needs keys and values");
                return null;
            }
            keys.Add(key);
            values.Add(value);
        }
        return new CelNode.Map([.. keys], [.. values]);
    }

    /// <summary>A constant, a call, or a chain of names as far as it goes.</summary>
    private CelNode? Name(bool isAbsolute)
    {
        var parts = new List<string>();
        do
        {
            if (_lexer.Kind != CelToken.Name)
            {
                return Fail("a name is missing after '.'");
            }
            var name = _lexer.Text;
            _lexer.Next();
            if (parts.Count == 0 && !isAbsolute && name is "true" or "false" or "null")
            {
                return new CelNode.Constant(name == "null" ? CelValue.Null : CelValue.Of(name == "true"));
            }
            if (Take("("))
            {
                return parts.Count == 0 ? Function(name) : Method(_builder.Name(parts, isAbsolute), name);
            }
            parts.Add(name);
        }
        while (Take("."));
        return _lexer is { Kind: CelToken.Symbol, Text: "{" }
            ? Fail($"Invalid struct creation: missing type info for '{string.Join('.', parts)}'")
            : _builder.Name(parts, isAbsolute);
    }

    private CelNode? Function(string name)
    {
        if (Arguments(")") is not { } arguments)
        {
            return null;
        }
        if (name == "has")
        {
            return arguments is [CelNode.Select select]
                ? new CelNode.Has(select)
                : Fail("has() takes a field selection");
        }
        return Call(name, [.. arguments]);
    }

    private CelNode? Number(string text)
    {
        var culture = CultureInfo.InvariantCulture;
        var isNegative = text[0] == '-';
        var digits = isNegative ? text[1..] : text;
        var isUnsigned = digits[^1] is 'u' or 'U';
        var isHex = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        var whole = isUnsigned ? digits[..^1] : digits;
        if (ulong.TryParse(
            isHex ? whole[2..] : whole, isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, culture,
            out var number))
        {
            if (isUnsigned)
            {
                return isNegative ? new CelNode.Negate(new CelNode.Constant(CelValue.OfUnsigned(number)))
                    : new CelNode.Constant(CelValue.OfUnsigned(number));
            }
            return number <= long.MaxValue + (isNegative ? 1UL : 0)
                ? new CelNode.Constant(CelValue.Of(isNegative ? unchecked(-(long)number) : (long)number))
                : Fail($"'{text}' is out of range");
        }
        return !isHex && !isUnsigned && whole.AsSpan()
            .ContainsAny(".eE") && double.TryParse(text, NumberStyles.Float, culture, out var real)
            ? new CelNode.Constant(CelValue.Of(real))
            : Fail($"'{text}' is no number");
    }
}
