using Google.Api.Expr.V1Alpha1;

namespace Lateen.Proxy.Cel;

/// <summary>Reads expressions that were parsed elsewhere (<c>google.api.expr.v1alpha1</c>), 64 levels deep.</summary>
internal sealed class CelExpressionReader
{
    private const int DepthMax = 64;

    private readonly CelBuilder _builder = new(CelNames.Attributes);
    private int _depth;
    private string _error = "";

    private CelExpressionReader()
    {
    }

    public static CelNode? Read(Expr expression, out string error)
    {
        var reader = new CelExpressionReader();
        var node = reader.Node(expression);
        error = node is null && reader._error.Length == 0 ? "the expression cannot be read" : reader._error;
        return node;
    }

    private CelNode? Node(Expr? expression)
    {
        if (++_depth > DepthMax)
        {
            return Fail("the expression is nested too deeply");
        }
        var node = expression?.ExprKindCase switch
        {
            Expr.ExprKindOneofCase.ConstExpr => Constant(expression.ConstExpr),
            Expr.ExprKindOneofCase.IdentExpr => Names(expression) ?? Fail("a name is empty"),
            Expr.ExprKindOneofCase.SelectExpr => Select(expression),
            Expr.ExprKindOneofCase.CallExpr => Call(expression.CallExpr),
            Expr.ExprKindOneofCase.ListExpr => List(expression.ListExpr),
            Expr.ExprKindOneofCase.StructExpr => Map(expression.StructExpr),
            Expr.ExprKindOneofCase.ComprehensionExpr => Loop(expression.ComprehensionExpr),
            _ => Fail("a part of the expression is missing"),
        };
        _depth--;
        return node;
    }

    private CelNode? Constant(Constant constant)
    {
        switch (constant.ConstantKindCase)
        {
            case Google.Api.Expr.V1Alpha1.Constant.ConstantKindOneofCase.NullValue:
                return new CelNode.Constant(CelValue.Null);
            case Google.Api.Expr.V1Alpha1.Constant.ConstantKindOneofCase.BoolValue:
                return new CelNode.Constant(CelValue.Of(constant.BoolValue));
            case Google.Api.Expr.V1Alpha1.Constant.ConstantKindOneofCase.Int64Value:
                return new CelNode.Constant(CelValue.Of(constant.Int64Value));
            case Google.Api.Expr.V1Alpha1.Constant.ConstantKindOneofCase.Uint64Value:
                return new CelNode.Constant(CelValue.OfUnsigned(constant.Uint64Value));
            case Google.Api.Expr.V1Alpha1.Constant.ConstantKindOneofCase.DoubleValue:
                return new CelNode.Constant(CelValue.Of(constant.DoubleValue));
            case Google.Api.Expr.V1Alpha1.Constant.ConstantKindOneofCase.StringValue:
                return CelBuilder.Text(constant.StringValue);
            case Google.Api.Expr.V1Alpha1.Constant.ConstantKindOneofCase.BytesValue:
                return new CelNode.Constant(CelValue.OfBytes(constant.BytesValue.ToByteArray()));
            default:
                return Fail($"constant {constant.ConstantKindCase} is not supported");
        }
    }

    /// <summary>A chain of names; null when the expression is none.</summary>
    private CelNode? Names(Expr expression)
    {
        var parts = new List<string>();
        while (expression is { ExprKindCase: Expr.ExprKindOneofCase.SelectExpr, SelectExpr: { TestOnly: false } select }
            && parts.Count < DepthMax)
        {
            parts.Insert(0, select.Field);
            expression = select.Operand;
        }
        if (expression is not { ExprKindCase: Expr.ExprKindOneofCase.IdentExpr, IdentExpr.Name.Length: > 0 })
        {
            return null;
        }
        var name = expression.IdentExpr.Name;
        var isAbsolute = name[0] == '.';
        parts.InsertRange(0, (isAbsolute ? name[1..] : name).Split('.'));
        return _builder.Name(parts, isAbsolute);
    }

    private CelNode? Select(Expr expression)
    {
        var select = expression.SelectExpr;
        if (!select.TestOnly && Names(expression) is { } chain)
        {
            return chain;
        }
        if (Node(select.Operand) is not { } target)
        {
            return null;
        }
        var node = new CelNode.Select(target, CelBuilder.Text(select.Field));
        return select.TestOnly ? new CelNode.Has(node) : node;
    }

    private CelNode? Call(Expr.Types.Call call)
    {
        var arguments = new List<CelNode>();
        foreach (var part in call.Target is null ? call.Args : call.Args.Prepend(call.Target))
        {
            if (Node(part) is not { } argument)
            {
                return null;
            }
            arguments.Add(argument);
        }
        return arguments.Count == 0
            ? Fail($"there is no function '{call.Function}' without arguments")
            : _builder.Call(call.Function, [.. arguments]) ?? Fail(_builder.Error);
    }

    private CelNode.List? List(Expr.Types.CreateList list)
    {
        var items = list.Elements.Select(Node).ToArray();
        return Array.Exists(items, item => item is null) ? null : new CelNode.List(items!);
    }

    private CelNode? Map(Expr.Types.CreateStruct map)
    {
        if (map.MessageName.Length > 0)
        {
            return Fail($"Invalid struct creation: missing type info for '{map.MessageName}'");
        }
        var keys = map.Entries.Select(entry => Node(entry.MapKey)).ToArray();
        var values = map.Entries.Select(entry => Node(entry.Value)).ToArray();
        return Array.Exists(keys, key => key is null) || Array.Exists(values, value => value is null)
            ? null : new CelNode.Map(keys!, values!);
    }

    private CelNode? Loop(Expr.Types.Comprehension loop)
    {
        if (Node(loop.IterRange) is not { } range || Node(loop.AccuInit) is not { } start)
        {
            return null;
        }
        if (_builder.Declare(loop.IterVar) is not { } item || _builder.Declare(loop.AccuVar) is not { } result)
        {
            return Fail(_builder.Error);
        }
        var (condition, step, end) = (Node(loop.LoopCondition), Node(loop.LoopStep), Node(loop.Result));
        _builder.Forget(2);
        return condition is null || step is null || end is null
            ? null : new CelNode.Loop(range, item, result, start, condition, step, end);
    }

    private CelNode? Fail(string message)
    {
        if (_error.Length == 0)
        {
            _error = message;
        }
        return null;
    }
}
