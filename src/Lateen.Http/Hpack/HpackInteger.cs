using System.Diagnostics;

namespace Lateen.Http.Hpack;

/// <summary>Integers with a prefix (RFC 7541 §5.1).</summary>
internal static class HpackInteger
{
    /// <summary>Bytes that an integer takes at most as written here.</summary>
    internal const int BytesMax = 6;

    /// <summary>No index or length of a legal block comes near it.</summary>
    private const int ValueMax = 1 << 28;

    /// <summary>Bytes read; 0 when more are needed, -1 when the integer is too large.</summary>
    internal static int Read(ReadOnlySpan<byte> data, int prefixBits, out int value)
    {
        Debug.Assert(prefixBits is > 0 and <= 8, "prefixBits");
        value = 0;
        if (data.IsEmpty)
        {
            return 0;
        }

        var mask = (1 << prefixBits) - 1;
        value = data[0] & mask;
        if (value < mask)
        {
            return 1;
        }

        var shift = 0;
        for (var i = 1; i < data.Length; i++)
        {
            var b = data[i];
            if (shift > 28)
            {
                return -1;
            }

            var sum = value + ((long)(b & 0x7F) << shift);
            if (sum > ValueMax)
            {
                return -1;
            }

            value = (int)sum;
            if (b < 0x80)
            {
                return i + 1;
            }

            shift += 7;
        }

        return data.Length > BytesMax ? -1 : 0;
    }

    /// <summary>Writes an integer behind the bits of <paramref name="pattern"/>. Returns the bytes written.</summary>
    internal static int Write(Span<byte> target, byte pattern, int prefixBits, int value)
    {
        var mask = (1 << prefixBits) - 1;
        if (value < mask)
        {
            target[0] = (byte)(pattern | value);
            return 1;
        }

        target[0] = (byte)(pattern | mask);
        value -= mask;
        var written = 1;
        while (value >= 0x80)
        {
            target[written++] = (byte)(0x80 | (value & 0x7F));
            value >>= 7;
        }

        target[written++] = (byte)value;
        return written;
    }
}
