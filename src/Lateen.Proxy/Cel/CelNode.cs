namespace Lateen.Proxy.Cel;

/// <summary>A part of an expression.</summary>
internal abstract class CelNode
{
    public abstract CelValue Run(CelEvaluation at);

    internal sealed class Constant(CelValue value) : CelNode
    {
        public CelValue Value { get; } = value;

        public override CelValue Run(CelEvaluation at) => Value;
    }

    internal sealed class List(CelNode[] items) : CelNode
    {
        private readonly CelValue[]? _constant = Array.TrueForAll(items, item => item is Constant)
            ? [.. items.Select(item => ((Constant)item).Value)]
            : null;

        public override CelValue Run(CelEvaluation at)
        {
            if (_constant is not null)
            {
                return CelValue.Of(_constant);
            }

            var values = new CelValue[items.Length];
            for (var i = 0; i < items.Length; i++)
            {
                values[i] = items[i].Run(at);
            }

            return CelValue.Of(values);
        }
    }

    /// <summary>A field of a mapping: <c>a.b</c> or <c>a['b']</c>; of a list an index.</summary>
    internal sealed class Select(CelNode target, CelNode key) : CelNode
    {
        public override CelValue Run(CelEvaluation at)
        {
            var map = target.Run(at);
            var index = key.Run(at);
            if (map.Kind == CelKind.Map && index.Kind == CelKind.Text)
            {
                return ((CelMap)map.Reference!).Get(at, at.TextOf(index));
            }

            return map.Kind == CelKind.List && index.Kind == CelKind.Int && (ulong)index.Bits < (ulong)map.Length
                ? ((CelValue[])map.Reference!)[index.Bits]
                : CelValue.Error;
        }

        /// <summary>The macro <c>has(a.b)</c>.</summary>
        public CelValue IsThere(CelEvaluation at)
        {
            var map = target.Run(at);
            var index = key.Run(at);
            return map.Kind == CelKind.Map && index.Kind == CelKind.Text
                ? CelValue.Of(((CelMap)map.Reference!).Contains(at, at.TextOf(index)))
                : CelValue.Error;
        }
    }

    internal sealed class Has(Select select) : CelNode
    {
        public override CelValue Run(CelEvaluation at) => select.IsThere(at);
    }

    internal sealed class Not(CelNode operand) : CelNode
    {
        public override CelValue Run(CelEvaluation at)
        {
            var value = operand.Run(at);
            return value.Kind == CelKind.Bool ? CelValue.Of(!value.IsTrue) : CelValue.Error;
        }
    }

    internal sealed class Negate(CelNode operand) : CelNode
    {
        public override CelValue Run(CelEvaluation at)
        {
            var value = operand.Run(at);
            return value.Kind switch
            {
                CelKind.Int => CelValue.Of(-value.Bits),
                CelKind.Double => CelValue.Of(-value.Number),
                _ => CelValue.Error,
            };
        }
    }

    /// <summary><c>&amp;&amp;</c> and <c>||</c>: one side alone may decide, even if the other is an error.</summary>
    internal sealed class Logic(CelNode left, CelNode right, bool isAnd) : CelNode
    {
        public override CelValue Run(CelEvaluation at)
        {
            var first = left.Run(at);
            if (first.Kind == CelKind.Bool && first.IsTrue != isAnd)
            {
                return first;
            }

            var second = right.Run(at);
            if (second.Kind == CelKind.Bool && second.IsTrue != isAnd)
            {
                return second;
            }

            return first.Kind == CelKind.Bool && second.Kind == CelKind.Bool ? CelValue.Of(isAnd) : CelValue.Error;
        }
    }

    internal sealed class Choice(CelNode condition, CelNode yes, CelNode no) : CelNode
    {
        public override CelValue Run(CelEvaluation at)
        {
            var value = condition.Run(at);
            return value.Kind != CelKind.Bool ? CelValue.Error : value.IsTrue ? yes.Run(at) : no.Run(at);
        }
    }

    internal sealed class Binary(string op, CelNode left, CelNode right) : CelNode
    {
        public override CelValue Run(CelEvaluation at) => CelOperators.Apply(at, op, left.Run(at), right.Run(at));
    }

    internal sealed class Call(CelFunction function, CelNode[] arguments) : CelNode
    {
        public override CelValue Run(CelEvaluation at)
        {
            var first = arguments[0].Run(at);
            return function(at, first, arguments.Length > 1 ? arguments[1].Run(at) : CelValue.Null);
        }
    }
}
