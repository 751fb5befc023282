using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Lateen.Http.Http1;

/// <summary>Classes of bytes of the HTTP/1 grammar (RFC 9110 §5.6.2, RFC 9112 §5).</summary>
internal static class Http1Bytes
{
    /// <summary>Lower-case form of each token character; zero for all others.</summary>
    private static readonly byte[] TokenLower = BuildTokenLower();

    /// <summary>Control characters other than tab: not allowed in values.</summary>
    internal static readonly SearchValues<byte> ValueInvalid = SearchValues.Create(BuildControls());

    private static readonly string[] Methods =
    [
        "ACL", "BIND", "CHECKOUT", "CONNECT", "COPY", "DELETE", "GET", "HEAD", "LINK", "LOCK", "MERGE", "MKACTIVITY",
        "MKCALENDAR", "MKCOL", "MOVE", "MSEARCH", "NOTIFY", "OPTIONS", "PATCH", "POST", "PROPFIND", "PROPPATCH",
            "PURGE",
        "PUT", "QUERY", "REBIND", "REPORT", "SEARCH", "SOURCE", "SUBSCRIBE", "TRACE", "UNBIND", "UNLINK", "UNLOCK",
            "UNSUBSCRIBE",
    ];

    private static readonly byte[][] MethodBytes = [.. Methods.Select(System.Text.Encoding.ASCII.GetBytes)];

    /// <summary>Writes the lower-case form of the token that the text begins with. Returns the token's
    /// length.</summary>
    internal static int LowerToken(ReadOnlySpan<byte> text, Span<byte> target)
    {
        var table = TokenLower;
        target = target[..text.Length];
        for (var i = 0; i < text.Length; i++)
        {
            var lower = table[text[i]];
            if (lower == 0)
            {
                return i;
            }

            target[i] = lower;
        }

        return text.Length;
    }

    /// <summary>Which of 32 bytes are neither letters nor digits nor hyphens, of which nearly all names are: a bit
    /// each. <paramref name="lower"/> are the others in lower case.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint Unusual(Vector256<byte> bytes, out Vector256<byte> lower)
    {
        lower = bytes | Vector256.Create((byte)0x20);
        if (Vector256.IsHardwareAccelerated)
        {
            var usual = AreIn(lower, (byte)'a', (byte)'z') | AreIn(bytes, (byte)'0', (byte)'9')
                | Vector256.Equals(bytes, Vector256.Create((byte)'-'));
            return ~usual.ExtractMostSignificantBits();
        }

        return Unusual(bytes.GetLower(), lower.GetLower()) | (Unusual(bytes.GetUpper(), lower.GetUpper()) << 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Unusual(Vector128<byte> bytes, Vector128<byte> lower)
    {
        var usual = AreIn(lower, (byte)'a', (byte)'z') | AreIn(bytes, (byte)'0', (byte)'9')
            | Vector128.Equals(bytes, Vector128.Create((byte)'-'));
        return ~usual.ExtractMostSignificantBits() & 0xFFFF;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> AreIn(Vector256<byte> bytes, byte first, byte last)
    {
        var distance = bytes - Vector256.Create(first);
        return Vector256.Equals(Vector256.Min(distance, Vector256.Create((byte)(last - first))), distance);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> AreIn(Vector128<byte> bytes, byte first, byte last)
    {
        var distance = bytes - Vector128.Create(first);
        return Vector128.Equals(Vector128.Min(distance, Vector128.Create((byte)(last - first))), distance);
    }

    /// <summary>Whether the value has one of <see cref="ValueInvalid"/>.</summary>
    internal static bool HasControl(ReadOnlySpan<byte> value)
    {
        if (value.Length >= Vector128<byte>.Count)
        {
            return HasControlVectored(value);
        }

        foreach (var b in value)
        {
            if (b < 0x20 ? b != '\t' : b == 0x7F)
            {
                return true;
            }
        }

        return false;
    }

    private static bool HasControlVectored(ReadOnlySpan<byte> value)
    {
        var found = Vector128<byte>.Zero;
        var last = value.Length - Vector128<byte>.Count;
        for (var i = 0; i < last; i += Vector128<byte>.Count)
        {
            found |= Controls(Vector128.Create(value[i..]));
        }

        // The last sixteen bytes may overlap the ones before.
        return (found | Controls(Vector128.Create(value[last..]))) != Vector128<byte>.Zero;
    }

    /// <summary>All ones where a byte is one of <see cref="ValueInvalid"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<byte> Controls(Vector128<byte> bytes) =>
        Vector128.AndNot(
            Vector128.Equals(Vector128.Min(bytes, Vector128.Create((byte)0x1F)), bytes),
            Vector128.Equals(bytes, Vector128.Create((byte)'\t')))
        | Vector128.Equals(bytes, Vector128.Create((byte)0x7F));

    internal static bool IsTokenByte(byte b) => TokenLower[b] != 0;

    internal static bool IsToken(ReadOnlySpan<byte> text)
    {
        foreach (var b in text)
        {
            if (TokenLower[b] == 0)
            {
                return false;
            }
        }

        return text.Length > 0;
    }

    internal static bool IsKnownMethod(ReadOnlySpan<byte> method)
    {
        if (method.SequenceEqual("GET"u8) || method.SequenceEqual("POST"u8))
        {
            return true;
        }

        foreach (var known in MethodBytes)
        {
            if (method.SequenceEqual(known))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Bytes of a request target: visible ASCII.</summary>
    internal static bool IsTarget(ReadOnlySpan<byte> target) =>
        target.Length > 0 && !target.ContainsAnyExceptInRange((byte)0x21, (byte)0x7E);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ReadOnlySpan<byte> TrimOws(ReadOnlySpan<byte> value) =>
        value.Length > 1 && value[0] == ' ' && value[1] > ' ' && value[^1] > ' ' ? value[1..] : TrimAllOws(value);

    private static ReadOnlySpan<byte> TrimAllOws(ReadOnlySpan<byte> value)
    {
        var start = 0;
        var end = value.Length;
        while (start < end && value[start] is (byte)' ' or (byte)'\t')
        {
            start++;
        }

        while (end > start && value[end - 1] is (byte)' ' or (byte)'\t')
        {
            end--;
        }

        return value[start..end];
    }

    internal static bool EqualsIgnoreCase(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lower) =>
        System.Text.Ascii.EqualsIgnoreCase(text, lower);

    private static byte[] BuildTokenLower()
    {
        var table = new byte[256];
        for (var c = 0x21; c < 0x7F; c++)
        {
            if (!"\"(),/:;<=>?@[\\]{}".Contains((char)c))
            {
                table[c] = (byte)char.ToLowerInvariant((char)c);
            }
        }

        return table;
    }

    private static byte[] BuildControls()
    {
        var controls = new List<byte>();
        for (var c = 0; c < 0x20; c++)
        {
            if (c != '\t')
            {
                controls.Add((byte)c);
            }
        }

        controls.Add(0x7F);
        return [.. controls];
    }
}
