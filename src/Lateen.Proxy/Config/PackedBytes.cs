namespace Lateen.Proxy.Config;

/// <summary>
/// Bytes that are seldom looked at, held as what is new in them: runs that stand in a basis, or earlier in themselves,
/// are told by place and length. Resources of a kind are mostly alike, so that one takes a tenth of its length.
/// Immutable.
/// </summary>
internal sealed class PackedBytes
{
    private const int RunBytesMin = 6;
    private const int TableBitsMin = 10;
    private const int TableBitsMax = 16;

    private readonly byte[] _basis;
    private readonly byte[] _packed;

    private PackedBytes(byte[] basis, byte[] packed, int length)
    {
        _basis = basis;
        _packed = packed;
        Length = length;
    }

    /// <summary>Bytes once unpacked.</summary>
    public int Length { get; }

    /// <summary>Bytes as they are held, without the basis.</summary>
    public int PackedLength => _packed.Length;

    /// <summary>Packs bytes over a basis, which is held as it is and may be empty.</summary>
    public static PackedBytes Pack(ReadOnlySpan<byte> source, byte[] basis)
    {
        // Basis and source as one text, so that runs may come from both.
        var text = new byte[basis.Length + source.Length];
        basis.CopyTo(text, 0);
        source.CopyTo(text.AsSpan(basis.Length));
        var bits = Math.Clamp(32 - int.LeadingZeroCount(text.Length / 2), TableBitsMin, TableBitsMax);
        var places = new int[1 << bits];
        var output = new ByteBuffer();
        for (var i = 0; i + RunBytesMin <= basis.Length; i++)
        {
            places[Hash(text, i, bits)] = i + 1;
        }
        var (at, literals) = (basis.Length, basis.Length);
        while (at + RunBytesMin <= text.Length)
        {
            ref var place = ref places[Hash(text, at, bits)];
            var from = place - 1;
            place = at + 1;
            var length = from < 0 ? 0 : text.AsSpan(from).CommonPrefixLength(text.AsSpan(at));
            if (length < RunBytesMin)
            {
                at++;
                continue;
            }
            WriteLiterals(output, text.AsSpan(literals, at - literals));
            WriteNumber(output, length);
            WriteNumber(output, at - from);
            at += length;
            literals = at;
        }
        WriteLiterals(output, text.AsSpan(literals));
        return new PackedBytes(basis, output.ToArray(), source.Length);
    }

    /// <summary>The bytes that were packed.</summary>
    public byte[] Unpack()
    {
        var text = new byte[_basis.Length + Length];
        _basis.CopyTo(text, 0);
        var (at, read) = (_basis.Length, 0);
        while (read < _packed.Length)
        {
            var literals = ReadNumber(ref read);
            _packed.AsSpan(read, literals).CopyTo(text.AsSpan(at));
            read += literals;
            at += literals;
            if (read == _packed.Length)
            {
                break;
            }
            var length = ReadNumber(ref read);
            var from = at - ReadNumber(ref read);
            for (var end = at + length; at < end;)
            {
                // A run may overlap itself.
                text[at++] = text[from++];
            }
        }
        return text[_basis.Length..];
    }

    private static int Hash(byte[] text, int at, int bits) =>
        (int)((BitConverter.ToUInt32(text, at) * 2654435761) >> (32 - bits));

    private static void WriteLiterals(ByteBuffer output, ReadOnlySpan<byte> bytes)
    {
        WriteNumber(output, bytes.Length);
        output.Write(bytes);
    }

    private static void WriteNumber(ByteBuffer output, int value)
    {
        var rest = (uint)value;
        while (rest >= 0x80)
        {
            output.Write((byte)(rest | 0x80));
            rest >>= 7;
        }
        output.Write((byte)rest);
    }

    private int ReadNumber(ref int at)
    {
        uint value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var b = _packed[at++];
            value |= (uint)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return (int)value;
            }
        }
    }
}
