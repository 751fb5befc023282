using System.Globalization;

namespace Lateen.Net;

/// <summary>IPv6 addresses as text in the form of RFC 5952: lower case, the longest run of zeros as
/// <c>::</c>.</summary>
internal static class NetAddressText
{
    internal static int FormatV6(ulong high, ulong low, Span<byte> target)
    {
        Span<ushort> groups = stackalloc ushort[8];
        for (var i = 0; i < 8; i++)
        {
            groups[i] = (ushort)((i < 4 ? high : low) >> (48 - ((i & 3) * 16)));
        }

        var (zeroStart, zeroCount) = LongestZeros(groups);
        var n = 0;
        for (var i = 0; i < 8; i++)
        {
            if (i == zeroStart)
            {
                target[n++] = (byte)':';
                target[n++] = (byte)':';
                i += zeroCount - 1;
                continue;
            }

            if (i > 0 && i != zeroStart + zeroCount)
            {
                target[n++] = (byte)':';
            }

            groups[i].TryFormat(target[n..], out var written, "x", CultureInfo.InvariantCulture);
            n += written;
        }

        return n;
    }

    private static (int Start, int Count) LongestZeros(ReadOnlySpan<ushort> groups)
    {
        var best = (Start: -9, Count: 1);
        for (var i = 0; i < 8; i++)
        {
            var count = 0;
            while (i + count < 8 && groups[i + count] == 0)
            {
                count++;
            }

            if (count > best.Count)
            {
                best = (i, count);
            }

            i += count;
        }

        return best.Start < 0 ? (-9, 0) : best;
    }
}
