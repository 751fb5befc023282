using System.Text;
using Lateen.Proxy.Regex;

namespace Lateen.Proxy.Cel;

/// <summary>
/// Makes an expression's parts: names are looked up, functions chosen, macros taken apart. Used by the parser of texts
/// and by the reader of expressions that were parsed elsewhere.
/// </summary>
internal sealed class CelBuilder(CelNames names)
{
    private static readonly Dictionary<string, CelOperator> _operators = new(StringComparer.Ordinal)
    {
        ["_==_"] = CelOperator.Equal,
        ["_!=_"] = CelOperator.NotEqual,
        ["_<_"] = CelOperator.Less,
        ["_<=_"] = CelOperator.LessOrEqual,
        ["_>_"] = CelOperator.Greater,
        ["_>=_"] = CelOperator.GreaterOrEqual,
        ["@in"] = CelOperator.In,
        ["_in_"] = CelOperator.In,
        ["_+_"] = CelOperator.Add,
        ["_-_"] = CelOperator.Subtract,
        ["_*_"] = CelOperator.Multiply,
        ["_/_"] = CelOperator.Divide,
        ["_%_"] = CelOperator.Modulo,
    };

    private readonly List<string> _locals = [];

    /// <summary>Why the last part could not be made.</summary>
    public string Error { get; private set; } = "";

    public static CelNode Text(string text) => new CelNode.Constant(CelValue.Of(Encoding.UTF8.GetBytes(text)));

    /// <summary>
    /// A chain of names, <c>a.b.c</c>: the longest part that stands for something, then fields of it. A name that
    /// stands for nothing is an error when it is used.
    /// </summary>
    public CelNode Name(IReadOnlyList<string> parts, bool isAbsolute)
    {
        var local = isAbsolute ? -1 : _locals.LastIndexOf(parts[0]);
        if (local >= 0)
        {
            return Fields(new CelNode.Local(local), parts, 1);
        }
        foreach (var container in isAbsolute ? [""] : names.Containers)
        {
            for (var length = parts.Count; length > 0; length--)
            {
                var name = string.Join('.', parts.Take(length));
                if (names.Find(container.Length == 0 ? name : $"{container}.{name}") is { } found)
                {
                    return Fields(found, parts, length);
                }
            }
        }
        return new CelNode.Constant(CelValue.Error);
    }

    /// <summary>A call of an operator, function or method by its name in parsed expressions.</summary>
    public CelNode? Call(string name, CelNode[] arguments)
    {
        if (_operators.TryGetValue(name, out var op) && arguments.Length == 2)
        {
            return new CelNode.Binary(op, arguments[0], arguments[1]);
        }
        switch (name, arguments.Length)
        {
            case ("_&&_", 2):
                return new CelNode.Logic(arguments[0], arguments[1], true);
            case ("_||_", 2):
                return new CelNode.Logic(arguments[0], arguments[1], false);
            case ("!_", 1):
                return new CelNode.Not(arguments[0]);
            case ("-_", 1):
                return new CelNode.Negate(arguments[0]);
            case ("_?_:_", 3):
                return new CelNode.Choice(arguments[0], arguments[1], arguments[2]);
            case ("_[_]", 2):
                return new CelNode.Select(arguments[0], arguments[1]);
            case ("@not_strictly_false", 1):
                return new CelNode.NotStrictlyFalse(arguments[0]);
            case ("matches", 2):
                return Matches(arguments);
        }
        if (CelFunctions.Find(name, arguments.Length) is { } function)
        {
            return new CelNode.Call(function, arguments);
        }
        return names.IsLenient
            ? new CelNode.Constant(CelValue.Error)
            : Fail($"there is no function '{name}' of {arguments.Length} arguments");
    }

    /// <summary>A variable of a loop from now on; null when there are too many.</summary>
    public int? Declare(string name)
    {
        if (_locals.Count == CelEvaluation.LocalsMax)
        {
            Fail("there are too many loops");
            return null;
        }
        _locals.Add(name);
        return _locals.Count - 1;
    }

    /// <summary>The last <paramref name="count"/> variables are no more.</summary>
    public void Forget(int count) => _locals.RemoveRange(_locals.Count - count, count);

    /// <summary>
    /// The loop of a macro; <paramref name="parts"/> are the expressions after the variable, which use the slot
    /// <paramref name="item"/>. Null when there is no such macro.
    /// </summary>
    public static CelNode? Macro(string name, CelNode range, int item, int result, CelNode[] parts)
    {
        var sum = new CelNode.Local(result);
        CelNode one = new CelNode.List([parts.Length > 0 ? parts[^1] : sum]);
        CelNode always = new CelNode.Constant(CelValue.Of(true));
        CelNode Sum(CelNode next) => new CelNode.Binary(CelOperator.Add, sum, next);
        CelNode If(CelNode condition, CelNode yes) => new CelNode.Choice(condition, yes, sum);
        CelNode Number(long value) => new CelNode.Constant(CelValue.Of(value));
        switch (name, parts.Length)
        {
            case ("all", 1):
                return new CelNode.Loop(
                    range, item, result, always, new CelNode.NotStrictlyFalse(sum),
                    new CelNode.Logic(sum, parts[0], true), sum);
            case ("exists", 1):
                return new CelNode.Loop(
                    range, item, result, new CelNode.Constant(CelValue.Of(false)),
                    new CelNode.NotStrictlyFalse(new CelNode.Not(sum)), new CelNode.Logic(sum, parts[0], false), sum);
            case ("exists_one" or "existsOne", 1):
                return new CelNode.Loop(
                    range, item, result, Number(0), always, If(parts[0], Sum(Number(1))),
                    new CelNode.Binary(CelOperator.Equal, sum, Number(1)));
            case ("map", 1):
                return new CelNode.Loop(range, item, result, new CelNode.List([]), always, Sum(one), sum);
            case ("map", 2):
                return new CelNode.Loop(
                    range, item, result, new CelNode.List([]), always, If(parts[0], Sum(one)), sum);
            case ("filter", 1):
                return new CelNode.Loop(
                    range, item, result, new CelNode.List([]), always,
                    If(parts[0], Sum(new CelNode.List([new CelNode.Local(item)]))), sum);
            default:
                return null;
        }
    }

    private CelNode? Matches(CelNode[] arguments)
    {
        if (arguments[1] is not CelNode.Constant { Value: { Kind: CelKind.Text, Reference: byte[] pattern } })
        {
            return Fail("matches needs a constant expression");
        }
        return CompiledRegex.TryCreate(Encoding.UTF8.GetString(pattern), out var regex, out var error)
            ? new CelNode.Call(CelFunctions.Matches(regex!), [arguments[0]])
            : Fail($"invalid regular expression: {error}");
    }

    private static CelNode Fields(CelNode node, IReadOnlyList<string> parts, int from)
    {
        for (var i = from; i < parts.Count; i++)
        {
            node = new CelNode.Select(node, Text(parts[i]));
        }
        return node;
    }

    private CelNode? Fail(string message)
    {
        Error = message;
        return null;
    }
}
