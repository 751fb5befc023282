namespace Lateen.Proxy.Cel;

/// <summary>A mapping that an expression builds. Numbers of different types that are equal are one key.</summary>
internal sealed class CelLiteralMap(CelValue[] keys, CelValue[] values) : CelMap
{
    public override int Count => keys.Length;

    public override CelValue Get(CelEvaluation at, ReadOnlySpan<byte> key)
    {
        for (var i = 0; i < keys.Length; i++)
        {
            if (keys[i].Kind == CelKind.Text && at.TextOf(keys[i]).SequenceEqual(key))
            {
                return values[i];
            }
        }

        return CelValue.Error;
    }

    public override CelValue Get(CelEvaluation at, in CelValue key)
    {
        for (var i = 0; i < keys.Length; i++)
        {
            if (CelOperators.AreEqual(at, keys[i], key))
            {
                return values[i];
            }
        }

        return CelValue.Error;
    }

    public override CelValue[] Keys(CelEvaluation at) => keys;
}
