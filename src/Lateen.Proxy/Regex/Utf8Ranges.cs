namespace Lateen.Proxy.Regex;

/// <summary>Splits a range of code points into sequences of byte ranges of their UTF-8 form.</summary>
internal static class Utf8Ranges
{
    private static readonly int[] LengthLimits = [0x7f, 0x7ff, 0xffff, 0x10ffff];

    public static IEnumerable<(byte Low, byte High)[]> Split(int low, int high)
    {
        // Surrogates have no UTF-8 form.
        if (low <= 0xDFFF && high >= 0xD800)
        {
            return (low < 0xD800 ? Split(low, 0xD7FF) : []).Concat(high > 0xDFFF ? Split(0xE000, high) : []);
        }
        foreach (var limit in LengthLimits)
        {
            if (low <= limit && high > limit)
            {
                return Split(low, limit).Concat(Split(limit + 1, high));
            }
        }
        if (high <= 0x7f)
        {
            return [[((byte)low, (byte)high)]];
        }
        for (var i = 1; i < 4; i++)
        {
            var mask = (1 << (6 * i)) - 1;
            if ((low & ~mask) != (high & ~mask))
            {
                if ((low & mask) != 0)
                {
                    return Split(low, low | mask).Concat(Split((low | mask) + 1, high));
                }
                if ((high & mask) != mask)
                {
                    return Split(low, (high & ~mask) - 1).Concat(Split(high & ~mask, high));
                }
            }
        }
        return [Encode(low, high)];
    }

    private static (byte, byte)[] Encode(int low, int high)
    {
        Span<byte> first = stackalloc byte[4];
        Span<byte> last = stackalloc byte[4];
        var length = new System.Text.Rune(low).EncodeToUtf8(first);
        new System.Text.Rune(high).EncodeToUtf8(last);
        var ranges = new (byte, byte)[length];
        for (var i = 0; i < length; i++)
        {
            ranges[i] = (first[i], last[i]);
        }
        return ranges;
    }
}
