using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Lateen.Http.Http1;

/// <content>The short way for header lines as nearly all are.</content>
public sealed partial class Http1Parser
{
    private const int Step = 16;

    /// <summary>
    /// Takes header lines as long as they are plain: a name of letters, digits and hyphens shorter than 32 bytes, a
    /// value without control characters, CRLF and no folding. Any other line is left to <see cref="TryReadHeader"/>,
    /// and so are those near the end of what has come, as bytes are looked at in steps of 16. Returns how many bytes
    /// were taken.
    /// </summary>
    private int TakePlainHeaders(ReadOnlySpan<byte> data, HeaderMap headers)
    {
        ref var start = ref MemoryMarshal.GetReference(data);
        var at = 0;
        while (at + (2 * Step) <= data.Length && _headerCount < _limits.HeaderCountMax)
        {
            ref var name = ref MemoryMarshal.GetReference(headers.ReserveName(2 * Step));
            var unusual = Http1Bytes.Unusual(Vector128.LoadUnsafe(ref start, (nuint)at), out var lower);
            lower.StoreUnsafe(ref name);
            if (unusual == 0)
            {
                unusual = Http1Bytes.Unusual(Vector128.LoadUnsafe(ref start, (nuint)at + Step), out lower) << Step;
                lower.StoreUnsafe(ref name, Step);
            }

            // 32 when there is no end: then the byte behind the name may be outside.
            var nameLength = BitOperations.TrailingZeroCount(unusual);
            if (nameLength is 0 or 32 || data[at + nameLength] != ':')
            {
                return at;
            }

            var valueStart = at + nameLength + 1;
            var end = FindControl(data, valueStart);
            if (end + 2 >= data.Length || data[end] != '\r' || data[end + 1] != '\n'
                || data[end + 2] is (byte)' ' or (byte)'\t'
                || _headBytes + end + 2 - at > _limits.HeaderBytesMax)
            {
                return at;
            }

            _headerCount++;
            _headBytes += end + 2 - at;
            at = end + 2;
            AddHeader(headers, nameLength, Http1Bytes.TrimOws(data[valueStart..end]));
        }

        return at;
    }

    /// <summary>Index of the first control character but tab from a place on; the length when a step would go beyond
    /// it.</summary>
    private static int FindControl(ReadOnlySpan<byte> data, int at)
    {
        ref var start = ref MemoryMarshal.GetReference(data);
        for (; at + Step <= data.Length; at += Step)
        {
            var found = Http1Bytes.Controls(Vector128.LoadUnsafe(ref start, (nuint)at)).ExtractMostSignificantBits();
            if (found != 0)
            {
                return at + BitOperations.TrailingZeroCount(found);
            }
        }

        return data.Length;
    }
}
