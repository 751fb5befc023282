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
                if (values[i].Kind == CelKind.Error)
                {
                    return CelValue.Error;
                }
            }

            return CelValue.Of(values);
        }
    }

    /// <summary>A mapping: <c>{key: value}</c>. No key may come twice.</summary>
    internal sealed class Map(CelNode[] keys, CelNode[] values) : CelNode
    {
        public override CelValue Run(CelEvaluation at)
        {
            var (names, items) = (new CelValue[keys.Length], new CelValue[keys.Length]);
            for (var i = 0; i < keys.Length; i++)
            {
                names[i] = keys[i].Run(at);
                items[i] = values[i].Run(at);
                if (names[i].Kind is not (CelKind.Text or CelKind.Int or CelKind.Uint or CelKind.Bool)
                    || items[i].Kind == CelKind.Error)
                {
                    return CelValue.Error;
                }

                for (var j = 0; j < i; j++)
                {
                    if (CelOperators.AreEqual(at, names[i], names[j]))
                    {
                        return CelValue.Error;
                    }
                }
            }

            return CelValue.Of(new CelLiteralMap(names, items));
        }
    }

    /// <summary>A field of a mapping: <c>a.b</c> or <c>a['b']</c>; of a list an index.</summary>
    internal sealed class Select(CelNode target, CelNode key) : CelNode
    {
        public override CelValue Run(CelEvaluation at)
        {
            var map = target.Run(at);
            var index = key.Run(at);
            if (map.Kind == CelKind.Map)
            {
                return ((CelMap)map.Reference!).Get(at, index);
            }

            var number = index.Kind == CelKind.Double
                ? index.Number is >= 0 and < int.MaxValue && index.Number == Math.Floor(index.Number)
                    ? (long)index.Number : -1
                : index.Bits;
            return map.Kind == CelKind.List && index.IsNumber && (ulong)number < (ulong)map.Length
                ? ((CelValue[])map.Reference!)[number]
                : CelValue.Error;
        }

        /// <summary>The macro <c>has(a.b)</c>.</summary>
        public CelValue IsThere(CelEvaluation at)
        {
            var map = target.Run(at);
            var index = key.Run(at);
            return map.Kind == CelKind.Map && index.Kind == CelKind.Text
                ? CelValue.Of(((CelMap)map.Reference!).Contains(at, index))
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

    /// <summary>Anything but false goes on: what loops over errors stop at.</summary>
    internal sealed class NotStrictlyFalse(CelNode operand) : CelNode
    {
        public override CelValue Run(CelEvaluation at) =>
            CelValue.Of(operand.Run(at) is not { Kind: CelKind.Bool, IsTrue: false });
    }

    internal sealed class Negate(CelNode operand) : CelNode
    {
        public override CelValue Run(CelEvaluation at)
        {
            var value = operand.Run(at);
            return value.Kind switch
            {
                CelKind.Int when value.Bits != long.MinValue => CelValue.Of(-value.Bits),
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

    internal sealed class Binary(CelOperator op, CelNode left, CelNode right) : CelNode
    {
        public override CelValue Run(CelEvaluation at) => CelOperators.Apply(at, op, left.Run(at), right.Run(at));
    }

    internal sealed class Call(CelFunction function, CelNode[] arguments) : CelNode
    {
        public override CelValue Run(CelEvaluation at)
        {
            var first = arguments[0].Run(at);
            var second = arguments.Length > 1 ? arguments[1].Run(at) : CelValue.Null;
            return first.Kind == CelKind.Error || second.Kind == CelKind.Error
                ? CelValue.Error
                : function(at, first, second);
        }
    }

    /// <summary>A variable of a loop.</summary>
    internal sealed class Local(int slot) : CelNode
    {
        public override CelValue Run(CelEvaluation at) => at.Locals[slot];
    }

    /// <summary>A loop over a list or the keys of a mapping that works a result out, as macros are made of
    /// them.</summary>
    internal sealed class Loop(
        CelNode range, int item, int result, CelNode start, CelNode condition, CelNode step, CelNode end) : CelNode
    {
        public override CelValue Run(CelEvaluation at)
        {
            var items = range.Run(at) switch
            {
                { Kind: CelKind.List, Reference: CelValue[] list } => list,
                { Kind: CelKind.Map, Reference: CelMap map } => map.Keys(at),
                _ => null,
            };
            if (items is null)
            {
                return CelValue.Error;
            }

            at.Locals[result] = start.Run(at);
            foreach (var value in items)
            {
                at.Locals[item] = value;
                if (!condition.Run(at).IsTrue)
                {
                    break;
                }

                if (!at.TryStep())
                {
                    return CelValue.Error;
                }

                at.Locals[result] = step.Run(at);
            }

            return end.Run(at);
        }
    }
}
