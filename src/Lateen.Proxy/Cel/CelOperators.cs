namespace Lateen.Proxy.Cel;

/// <summary>Comparison and arithmetic. Numbers of different types compare by value; overflow is an error.</summary>
internal static class CelOperators
{
    private const double TwoTo63 = 9223372036854775808d;
    private const double TwoTo64 = 18446744073709551616d;

    public static CelValue Apply(CelEvaluation at, CelOperator op, CelValue left, CelValue right)
    {
        if (left.Kind == CelKind.Error || right.Kind == CelKind.Error)
        {
            return CelValue.Error;
        }

        return op switch
        {
            CelOperator.Equal => CelValue.Of(AreEqual(at, left, right)),
            CelOperator.NotEqual => CelValue.Of(!AreEqual(at, left, right)),
            CelOperator.In => IsIn(at, left, right),
            < CelOperator.In => Compare(at, op, left, right),
            _ => CelArithmetic.Calculate(at, op, left, right),
        };
    }

    public static bool AreEqual(CelEvaluation at, in CelValue left, in CelValue right)
    {
        if (left.IsNumber && right.IsNumber)
        {
            return TryCompareNumbers(left, right, out var order) && order == 0;
        }

        return left.Kind == right.Kind && left.Kind switch
        {
            CelKind.Text or CelKind.Bytes or CelKind.Type => at.TextOf(left).SequenceEqual(at.TextOf(right)),
            CelKind.Bool or CelKind.Duration => left.Bits == right.Bits,
            CelKind.Timestamp => left.Bits == right.Bits && left.Start == right.Start,
            CelKind.Null => true,
            CelKind.List => AreEqual(at, (CelValue[])left.Reference!, (CelValue[])right.Reference!),
            _ => AreEqual(at, (CelMap)left.Reference!, (CelMap)right.Reference!),
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

    private static bool AreEqual(CelEvaluation at, CelMap left, CelMap right)
    {
        if (ReferenceEquals(left, right))
        {
            return true;
        }

        if (left.Count != right.Count || left.Keys(at) is not { } keys)
        {
            return false;
        }

        foreach (var key in keys)
        {
            var other = right.Get(at, key);
            if (other.Kind == CelKind.Error || !AreEqual(at, left.Get(at, key), other))
            {
                return false;
            }
        }

        return true;
    }

    private static CelValue IsIn(CelEvaluation at, in CelValue item, in CelValue container)
    {
        if (container.Kind == CelKind.Map)
        {
            return CelValue.Of(((CelMap)container.Reference!).Contains(at, item));
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

    private static CelValue Compare(CelEvaluation at, CelOperator op, in CelValue left, in CelValue right)
    {
        int order;
        if (left.IsNumber && right.IsNumber)
        {
            if (!TryCompareNumbers(left, right, out order))
            {
                return CelValue.Of(false);
            }
        }
        else if (left.Kind != right.Kind)
        {
            return CelValue.Error;
        }
        else
        {
            switch (left.Kind)
            {
                case CelKind.Text or CelKind.Bytes:
                    order = at.TextOf(left).SequenceCompareTo(at.TextOf(right));
                    break;
                case CelKind.Bool or CelKind.Duration:
                    order = left.Bits.CompareTo(right.Bits);
                    break;
                case CelKind.Timestamp:
                    order = (left.Bits, left.Start).CompareTo((right.Bits, right.Start));
                    break;
                default:
                    return CelValue.Error;
            }
        }

        return CelValue.Of(op switch
        {
            CelOperator.Less => order < 0,
            CelOperator.LessOrEqual => order <= 0,
            CelOperator.Greater => order > 0,
            _ => order >= 0,
        });
    }

    /// <summary>Exact order of two numbers of any types; false when one is not a number (NaN).</summary>
    private static bool TryCompareNumbers(in CelValue left, in CelValue right, out int order)
    {
        order = 0;
        if (left.Kind == CelKind.Double && right.Kind == CelKind.Double)
        {
            order = left.Number < right.Number ? -1 : left.Number > right.Number ? 1 : 0;
            return !double.IsNaN(left.Number) && !double.IsNaN(right.Number);
        }

        if (left.Kind == CelKind.Double)
        {
            var known = TryCompareNumbers(right, left, out order);
            order = -order;
            return known;
        }

        if (right.Kind == CelKind.Double)
        {
            if (double.IsNaN(right.Number))
            {
                return false;
            }

            order = left.Kind == CelKind.Int
                ? CompareToDouble(left.Bits, right.Number, -TwoTo63, TwoTo63)
                : CompareToDouble((ulong)left.Bits, right.Number, 0, TwoTo64);
            return true;
        }

        order = left.Kind == right.Kind
            ? left.Kind == CelKind.Int ? left.Bits.CompareTo(right.Bits) : ((ulong)left.Bits)
                .CompareTo((ulong)right.Bits)
            : ((Int128)(left.Kind == CelKind.Int ? left.Bits : (Int128)(ulong)left.Bits)).CompareTo(
                right.Kind == CelKind.Int ? right.Bits : (Int128)(ulong)right.Bits);
        return true;
    }

    /// <summary>Within the range of the whole numbers both count as doubles, as everywhere in CEL.</summary>
    private static int CompareToDouble(double whole, double real, double min, double max) =>
        real < min ? 1 : real > max ? -1 : whole.CompareTo(real);
}
