using System.Numerics;
using System.Runtime.CompilerServices;
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
    /// and so are those that begin within 32 bytes of the end of what has come. Returns how many bytes were taken.
    /// </summary>
    private int TakePlainHeaders(ReadOnlySpan<byte> data, HeaderMap headers)
    {
        // What is read by reference lies within the data: 32 bytes from a line's begin, a value up to its CRLF and the
        // byte behind that.
        ref var start = ref MemoryMarshal.GetReference(data);
        var at = 0;
        while (at + HeaderMap.PlainNameBytesMax <= data.Length && _headerCount < _limits.HeaderCountMax)
        {
            // 32 when there is no end.
            var unusual = Http1Bytes.Unusual(Vector256.LoadUnsafe(ref start, (nuint)at), out var lower);
            var nameLength = BitOperations.TrailingZeroCount(unusual);
            if (nameLength is 0 or 32 || Unsafe.Add(ref start, at + nameLength) != ':')
            {
                return at;
            }

            var valueStart = at + nameLength + 1;
            var end = FindControl(ref start, data.Length, valueStart);
            if (end + 2 >= data.Length || !IsLineEnd(ref Unsafe.Add(ref start, end))
                || _headBytes + end + 2 - at > _limits.HeaderBytesMax)
            {
                return at;
            }

            _headerCount++;
            _headBytes += end + 2 - at;
            at = end + 2;
            var value = Http1Bytes.TrimOws(MemoryMarshal.CreateReadOnlySpan(
                ref Unsafe.Add(ref start, valueStart), end - valueStart));
            if (!headers.TryAddLine(lower, nameLength, value, canReadBeyond: end + HeaderMap.CopyBytes <= data.Length))
            {
                AddHeader(headers, nameLength, value);
            }
        }

        return at;
    }

    /// <summary>CRLF, and the next line does not go on with this one. Three bytes are there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsLineEnd(ref byte at) =>
        Unsafe.ReadUnaligned<ushort>(ref at) == MemoryMarshal.Read<ushort>("\r\n"u8)
        && Unsafe.Add(ref at, 2) is not ((byte)' ' or (byte)'\t');

    /// <summary>Index of the first control character but tab from a place on; the length when there is none. There are
    /// sixteen bytes at least.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int FindControl(ref byte start, int length, int at)
    {
        for (; at + Step <= length; at += Step)
        {
            var found = Controls(ref start, at);
            if (found != 0)
            {
                return at + BitOperations.TrailingZeroCount(found);
            }
        }

        // The last sixteen bytes, without those that were looked at.
        var rest = at < length ? Controls(ref start, length - Step) >> (at + Step - length) : 0;
        return rest != 0 ? at + BitOperations.TrailingZeroCount(rest) : length;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Controls(ref byte start, int at) =>
        Http1Bytes.Controls(Vector128.LoadUnsafe(ref start, (nuint)at)).ExtractMostSignificantBits();
}
