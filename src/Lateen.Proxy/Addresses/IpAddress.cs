using System.Buffers.Binary;
using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Lateen.Proxy.Addresses;

/// <summary>An IPv4 or IPv6 address as a value; comparing, parsing spans and formatting allocate nothing.</summary>
internal readonly struct IpAddress : IEquatable<IpAddress>
{
    /// <summary>Each octet with a dot behind it, the first digit low, and the length.</summary>
    private static readonly (uint Text, int Length)[] OctetTexts = [.. Enumerable.Range(0, 256).Select(TextOf)];

    private readonly ulong _high;
    private readonly ulong _low;
    private readonly byte _kind;

    private IpAddress(ulong high, ulong low, byte kind)
    {
        _high = high;
        _low = low;
        _kind = kind;
    }

    /// <summary>What writing an IPv4 address may overwrite.</summary>
    private const int V4BytesMax = 16;

    /// <summary>Longest text: <c>xxxx:…</c> with an embedded IPv4 part.</summary>
    public const int TextBytesMax = 46;

    public bool IsEmpty => _kind == 0;

    public bool IsV6 => _kind == 6;

    /// <summary>32 for IPv4, 128 for IPv6.</summary>
    public int BitCount => _kind == 6 ? 128 : 32;

    /// <summary>127.0.0.0/8 or ::1.</summary>
    public bool IsLoopback => _kind == 4 ? (_low >> 24) == 127 : _high == 0 && _low == 1;

    /// <summary>0.0.0.0 or ::.</summary>
    public bool IsAny => _high == 0 && _low == 0;

    public static IpAddress FromV4(uint value) => new(0, value, 4);

    public static IpAddress FromV6(ulong high, ulong low) => new(high, low, 6);

    /// <summary>Takes 4 or 16 bytes in network order.</summary>
    public static IpAddress FromBytes(ReadOnlySpan<byte> bytes) => bytes.Length == 4
        ? FromV4(BinaryPrimitives.ReadUInt32BigEndian(bytes))
        : FromV6(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));

    public static IpAddress From(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var written);
        return FromBytes(bytes[..written]);
    }

    public static bool TryParse(ReadOnlySpan<char> text, out IpAddress address)
    {
        // The platform's parser also takes "1" and "0x7f.1"; Envoy takes dotted quads only.
        var plausible = text.Contains(':') ? !text.Contains('%') && text[0] != '[' : text.Count('.') == 3;
        if (plausible && IPAddress.TryParse(text, out var parsed))
        {
            address = From(parsed);
            return true;
        }
        address = default;
        return false;
    }

    public static bool TryParse(ReadOnlySpan<byte> text, out IpAddress address)
    {
        address = default;
        if (text.Length is 0 or > TextBytesMax)
        {
            return false;
        }
        Span<char> chars = stackalloc char[TextBytesMax];
        for (var i = 0; i < text.Length; i++)
        {
            chars[i] = (char)text[i];
        }
        if (text.IndexOf((byte)':') < 0)
        {
            return TryParseV4(text, out address);
        }
        return TryParse(chars[..text.Length], out address);
    }

    /// <summary>The bit at <paramref name="index"/>, counted from the most significant.</summary>
    public int Bit(int index)
    {
        if (_kind == 4)
        {
            return (int)(_low >> (31 - index)) & 1;
        }
        return (int)((index < 64 ? _high >> (63 - index) : _low >> (127 - index)) & 1);
    }

    /// <summary>This address with all bits after the first <paramref name="length"/> cleared.</summary>
    public IpAddress Mask(int length)
    {
        if (_kind == 4)
        {
            return FromV4(length == 0 ? 0 : (uint)_low & (uint.MaxValue << (32 - length)));
        }
        var high = length >= 64 ? _high : length == 0 ? 0 : _high & (ulong.MaxValue << (64 - length));
        var low = length <= 64 ? 0 : length == 128 ? _low : _low & (ulong.MaxValue << (128 - length));
        return FromV6(high, low);
    }

    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        return new IPAddress(bytes[..WriteBytes(bytes)]);
    }

    /// <summary>Writes 4 or 16 bytes in network order.</summary>
    public int WriteBytes(Span<byte> destination)
    {
        if (_kind == 4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)_low);
            return 4;
        }
        BinaryPrimitives.WriteUInt64BigEndian(destination, _high);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _low);
        return 16;
    }

    /// <summary>Writes the text form; <paramref name="destination"/> holds at least <see
    /// cref="TextBytesMax"/>.</summary>
    public int Format(Span<byte> destination)
    {
        if (_kind == 4)
        {
            return FormatV4(destination[..V4BytesMax]);
        }
        return FormatV6(destination);
    }

    public bool Equals(IpAddress other) => _high == other._high && _low == other._low && _kind == other._kind;

    public override bool Equals(object? obj) => obj is IpAddress other && Equals(other);

    public override int GetHashCode()
    {
        // One multiplication mixes the bits; which addresses come is not the peer's choice.
        var mixed = (_high ^ (_low * 0x9E3779B97F4A7C15) ^ _kind) * 0xBF58476D1CE4E5B9;
        return (int)(mixed >> 32);
    }

    public override string ToString() => IsEmpty ? "" : ToIPAddress().ToString();

    private static (uint Text, int Length) TextOf(int octet)
    {
        Span<byte> text = stackalloc byte[4];
        ((byte)octet).TryFormat(text, out var digits);
        text[digits] = (byte)'.';
        return (BinaryPrimitives.ReadUInt32LittleEndian(text), digits + 1);
    }

    private static bool TryParseV4(ReadOnlySpan<byte> text, out IpAddress address)
    {
        address = default;
        uint value = 0;
        var part = -1;
        var parts = 0;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || text[i] == '.')
            {
                if (part is < 0 or > 255 || ++parts > 4)
                {
                    return false;
                }
                value = (value << 8) | (uint)part;
                part = -1;
            }
            else if (text[i] is >= (byte)'0' and <= (byte)'9' && part <= 255)
            {
                part = Math.Max(part, 0) * 10 + text[i] - '0';
            }
            else
            {
                return false;
            }
        }
        address = FromV4(value);
        return parts == 4;
    }

    /// <summary>RFC 5952: lower case, the longest run of zero groups (two or more) as <c>::</c>.</summary>
    private int FormatV4(Span<byte> destination)
    {
        ref var start = ref MemoryMarshal.GetReference(destination);
        ref var to = ref start;
        for (var octets = BinaryPrimitives.ReverseEndianness((uint)_low) | (1UL << 32); octets > 1; octets >>= 8)
        {
            // Three digits and a dot at most; the next one overwrites what is too much.
            ref readonly var octet = ref OctetTexts[(byte)octets];
            Unsafe.WriteUnaligned(ref to, octet.Text);
            to = ref Unsafe.Add(ref to, octet.Length);
        }
        return (int)Unsafe.ByteOffset(ref start, ref to) - 1;
    }

    private int FormatV6(Span<byte> destination)
    {
        Span<ushort> groups = stackalloc ushort[8];
        for (var i = 0; i < 8; i++)
        {
            groups[i] = (ushort)(i < 4 ? _high >> (48 - 16 * i) : _low >> (48 - 16 * (i - 4)));
        }
        var mapped = _high == 0 && _low >> 32 == 0xffff;
        var (runStart, runLength) = LongestZeroRun(groups[..(mapped ? 6 : 8)]);
        var at = 0;
        for (var i = 0; i < (mapped ? 6 : 8); i++)
        {
            if (i == runStart)
            {
                destination[at++] = (byte)':';
                i += runLength - 1;
                if (i == 7)
                {
                    destination[at++] = (byte)':';
                }
                continue;
            }
            if (i > 0)
            {
                destination[at++] = (byte)':';
            }
            groups[i].TryFormat(destination[at..], out var written, "x");
            at += written;
        }
        if (mapped)
        {
            destination[at++] = (byte)':';
            at += FromV4((uint)_low).Format(destination[at..]);
        }
        return at;
    }

    private static (int Start, int Length) LongestZeroRun(ReadOnlySpan<ushort> groups)
    {
        var (start, length) = (-1, 1);
        for (var i = 0; i < groups.Length; i++)
        {
            var end = i;
            while (end < groups.Length && groups[end] == 0)
            {
                end++;
            }
            if (end - i > length)
            {
                (start, length) = (i, end - i);
            }
            i = Math.Max(i, end);
        }
        return (start, length);
    }
}
