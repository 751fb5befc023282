namespace Lateen.Proxy.Cel;

/// <summary>Comparison and arithmetic. Numbers of different types compare by value.</summary>
internal static class CelOperators
{
    public static CelValue Apply(CelEvaluation at, string op, CelValue left, CelValue right)
    {
        if (left.Kind == CelKind.Error || right.Kind == CelKind.Error)
        {
            return CelValue.Error;
        }

        switch (op)
        {
            case "==":
                return CelValue.Of(AreEqual(at, left, right));
            case "!=":
                return CelValue.Of(!AreEqual(at, left, right));
            case "in":
                return IsIn(at, left, right);
            case "<" or "<=" or ">" or ">=":
                return Compare(at, op, left, right);
            default:
                return Calculate(at, op, left, right);
        }
    }

    public static bool AreEqual(CelEvaluation at, in CelValue left, in CelValue right)
    {
        if (left.IsNumber && right.IsNumber)
        {
            return left.Kind == right.Kind && left.Kind != CelKind.Double
                ? left.Bits == right.Bits
                : left.Number.Equals(right.Number);
        }

        return left.Kind == right.Kind && left.Kind switch
        {
            CelKind.Text => at.TextOf(left).SequenceEqual(at.TextOf(right)),
            CelKind.Bool => left.Bits == right.Bits,
            CelKind.Null => true,
            CelKind.List => AreEqual(at, (CelValue[])left.Reference!, (CelValue[])right.Reference!),
            _ => ReferenceEquals(left.Reference, right.Reference),
        };
    }

    private static bool AreEqual(CelEvaluation at, CelValue[] left, CelValue[] right)
    {
        var equal = left.Length == right.Length;
        for (var i = 0; equal && i < left.Length; i++)
        {
            equal = AreEqual(at, left[i], right[i]);
        }

        return equal;
    }

    private static CelValue IsIn(CelEvaluation at, in CelValue item, in CelValue container)
    {
        if (container.Kind == CelKind.Map)
        {
            return item.Kind == CelKind.Text
                ? CelValue.Of(((CelMap)container.Reference!).Contains(at, at.TextOf(item)))
                : CelValue.Error;
        }

        if (container.Kind != CelKind.List)
        {
            return CelValue.Error;
        }

        foreach (var other in (CelValue[])container.Reference!)
        {
            if (AreEqual(at, item, other))
            {
                return CelValue.Of(true);
            }
        }

        return CelValue.Of(false);
    }

    private static CelValue Compare(CelEvaluation at, string op, in CelValue left, in CelValue right)
    {
        int order;
        if (left.IsNumber && right.IsNumber)
        {
            order = left.Kind == CelKind.Int && right.Kind == CelKind.Int
                ? left.Bits.CompareTo(right.Bits)
                : left.Number.CompareTo(right.Number);
        }
        else if (left.Kind == CelKind.Text && right.Kind == CelKind.Text)
        {
            order = at.TextOf(left).SequenceCompareTo(at.TextOf(right));
        }
        else
        {
            return CelValue.Error;
        }

        return CelValue.Of(op switch
        {
            "<" => order < 0,
            "<=" => order <= 0,
            ">" => order > 0,
            _ => order >= 0,
        });
    }

    private static CelValue Calculate(CelEvaluation at, string op, in CelValue left, in CelValue right)
    {
        if (left.Kind == CelKind.Text && right.Kind == CelKind.Text && op == "+")
        {
            var start = at.Buffer.Length;
            at.Buffer.GetSpan(left.Length + right.Length);
            at.Buffer.Write(at.TextOf(left));
            at.Buffer.Write(at.TextOf(right));
            return CelValue.OfBuffer(start, at.Buffer.Length - start);
        }

        if (left.Kind == CelKind.Double && right.Kind == CelKind.Double)
        {
            return op == "%" ? CelValue.Error : CelValue.Of(op switch
            {
                "+" => left.Number + right.Number,
                "-" => left.Number - right.Number,
                "*" => left.Number * right.Number,
                _ => left.Number / right.Number,
            });
        }

        if (left.Kind != right.Kind || left.Kind is not (CelKind.Int or CelKind.Uint)
            || (op is "/" or "%" && right.Bits == 0))
        {
            return CelValue.Error;
        }

        var result = op switch
        {
            "+" => left.Bits + right.Bits,
            "-" => left.Bits - right.Bits,
            "*" => left.Bits * right.Bits,
            "/" => left.Bits / right.Bits,
            _ => left.Bits % right.Bits,
        };
        return left.Kind == CelKind.Int ? CelValue.Of(result) : CelValue.OfUnsigned((ulong)result);
    }
}
