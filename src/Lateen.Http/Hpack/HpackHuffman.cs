namespace Lateen.Http.Hpack;

/// <summary>
/// The Huffman code of HPACK (RFC 7541 appendix B). The code is canonical, so the lengths alone define it: symbols of
/// one length get consecutive codes in order of their value. Index 256 is the end-of-string symbol.
/// </summary>
public static class HpackHuffman
{
    private const int EndOfString = 256;
    private const int LengthMax = 30;
    private const int QuickBits = 9;

    private static readonly uint[] Codes = new uint[257];
    private static readonly uint[] Limits = new uint[LengthMax + 2];
    private static readonly int[] Offsets = new int[LengthMax + 1];
    private static readonly short[] Symbols = new short[257];

    /// <summary>By the next nine bits: symbol in the low byte, length above; 0 for codes that are longer.</summary>
    private static readonly ushort[] Quick = new ushort[1 << QuickBits];

    static HpackHuffman() => Build();

    private static ReadOnlySpan<byte> Lengths =>
    [
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28,
        28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15,
        6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22,
        20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23,
        23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22,
        22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26,
        27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27,
        26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
    ];

    /// <summary>Bytes that the coded form of a text takes.</summary>
    public static int EncodedLength(ReadOnlySpan<byte> text)
    {
        var lengths = Lengths;
        var bits = 0;
        foreach (var b in text)
        {
            bits += lengths[b];
        }

        return (bits + 7) >> 3;
    }

    /// <summary>Writes the coded form, which needs <see cref="EncodedLength"/> bytes. Returns how many.</summary>
    public static int Encode(ReadOnlySpan<byte> text, Span<byte> target)
    {
        var lengths = Lengths;
        ulong bits = 0;
        var count = 0;
        var written = 0;
        foreach (var b in text)
        {
            bits = (bits << lengths[b]) | Codes[b];
            count += lengths[b];
            while (count >= 8)
            {
                count -= 8;
                target[written++] = (byte)(bits >> count);
            }
        }

        if (count > 0)
        {
            target[written++] = (byte)((bits << (8 - count)) | (0xFFu >> count));
        }

        return written;
    }

    /// <summary>
    /// Decodes into <paramref name="target"/>, which must hold <c>data.Length * 8 / 5</c> bytes. Returns the length, or
    /// -1 for padding that is not the start of the end-of-string symbol, or is longer than seven bits, or that symbol
    /// itself (RFC 7541 §5.2).
    /// </summary>
    public static int Decode(ReadOnlySpan<byte> data, Span<byte> target)
    {
        ulong bits = 0;
        var count = 0;
        var at = 0;
        var written = 0;
        while (true)
        {
            while (count <= 56 && at < data.Length)
            {
                bits = (bits << 8) | data[at++];
                count += 8;
            }

            if (count == 0)
            {
                return written;
            }

            var window = count >= 32 ? (uint)(bits >> (count - 32)) : (uint)(bits << (32 - count));
            var quick = Quick[window >> (32 - QuickBits)];
            int length;
            int symbol;
            if (quick != 0)
            {
                length = quick >> 8;
                symbol = quick & 0xFF;
            }
            else
            {
                length = QuickBits + 1;
                while (length < LengthMax && window >= Limits[length])
                {
                    length++;
                }

                symbol = Symbols[Offsets[length] + (int)(window >> (32 - length))];
            }

            if (length > count)
            {
                return IsPadding(bits, count) ? written : -1;
            }

            if (symbol == EndOfString)
            {
                return -1;
            }

            count -= length;
            target[written++] = (byte)symbol;
        }
    }

    private static bool IsPadding(ulong bits, int count)
    {
        var mask = (1UL << count) - 1;
        return count <= 7 && (bits & mask) == mask;
    }

    private static void Build()
    {
        var lengths = Lengths;
        uint code = 0;
        var index = 0;
        for (var length = 1; length <= LengthMax; length++)
        {
            Offsets[length] = index - (int)code;
            for (var symbol = 0; symbol <= EndOfString; symbol++)
            {
                if (lengths[symbol] != length)
                {
                    continue;
                }

                Codes[symbol] = code;
                Symbols[index++] = (short)symbol;
                if (length <= QuickBits)
                {
                    var first = (int)code << (QuickBits - length);
                    Quick.AsSpan(first, 1 << (QuickBits - length)).Fill((ushort)((length << 8) | symbol));
                }

                code++;
            }

            // The first left-aligned value that no code of this length or a shorter one begins.
            Limits[length] = length == LengthMax ? uint.MaxValue : code << (32 - length);
            code <<= 1;
        }
    }
}
