namespace Lateen.Proxy.Cel;

/// <summary>Sums, products and joined texts; what overflows is an error.</summary>
internal static class CelArithmetic
{
    public static CelValue Calculate(CelEvaluation at, CelOperator op, in CelValue left, in CelValue right)
    {
        if (left.Kind is CelKind.Timestamp or CelKind.Duration || right.Kind == CelKind.Timestamp)
        {
            return CelTime.Calculate(op, left, right);
        }

        return left.Kind != right.Kind ? CelValue.Error : left.Kind switch
        {
            CelKind.Int => Whole(op, left.Bits, right.Bits),
            CelKind.Uint => Unsigned(op, (ulong)left.Bits, (ulong)right.Bits),
            CelKind.Double => op == CelOperator.Modulo ? CelValue.Error : CelValue.Of(op switch
            {
                CelOperator.Add => left.Number + right.Number,
                CelOperator.Subtract => left.Number - right.Number,
                CelOperator.Multiply => left.Number * right.Number,
                _ => left.Number / right.Number,
            }),
            CelKind.Text or CelKind.Bytes when op == CelOperator.Add => Join(at, left, right),
            CelKind.List when op == CelOperator.Add => CelValue.Of(
                (CelValue[])[.. (CelValue[])left.Reference!, .. (CelValue[])right.Reference!]),
            _ => CelValue.Error,
        };
    }

    private static CelValue Join(CelEvaluation at, in CelValue left, in CelValue right)
    {
        var start = at.Buffer.Length;
        at.Buffer.GetSpan(left.Length + right.Length);
        at.Buffer.Write(at.TextOf(left));
        at.Buffer.Write(at.TextOf(right));
        return CelValue.OfBuffer(start, at.Buffer.Length - start).As(left.Kind);
    }

    private static CelValue Whole(CelOperator op, long left, long right)
    {
        var fails = op is CelOperator.Divide or CelOperator.Modulo
            && (right == 0 || (left == long.MinValue && right == -1));
        Int128 result = fails ? 0 : op switch
        {
            CelOperator.Add => (Int128)left + right,
            CelOperator.Subtract => (Int128)left - right,
            CelOperator.Multiply => (Int128)left * right,
            CelOperator.Divide => left / right,
            _ => left % right,
        };
        return fails || result < long.MinValue || result > long.MaxValue
            ? CelValue.Error
            : CelValue.Of((long)result);
    }

    private static CelValue Unsigned(CelOperator op, ulong left, ulong right)
    {
        var fails = op is CelOperator.Divide or CelOperator.Modulo && right == 0;
        Int128 result = fails ? 0 : op switch
        {
            CelOperator.Add => (Int128)left + right,
            CelOperator.Subtract => (Int128)left - right,
            CelOperator.Multiply => (Int128)((UInt128)left * right > ulong.MaxValue ? UInt128.MaxValue >> 2
                : (UInt128)left * right),
            CelOperator.Divide => left / right,
            _ => left % right,
        };
        return fails || result < 0 || result > ulong.MaxValue ? CelValue.Error : CelValue.OfUnsigned((ulong)result);
    }
}
