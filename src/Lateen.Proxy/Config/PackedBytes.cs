namespace Lateen.Proxy.Config;

/// <summary>
/// Bytes that are seldom looked at, held as what is new in them: runs that stand in a basis, or earlier in themselves,
/// are told by place and length. Resources of a kind are mostly alike, so that one takes a tenth of its length.
/// Immutable.
/// </summary>
internal readonly struct PackedBytes
{
    private const int RunBytesMin = 5;
    private const int TableBitsMin = 10;
    private const int TableBitsMax = 16;
    private const int CandidatesMax = 16;

    private readonly byte[] _basis;
    // The length, then literals and runs by turns.
    private readonly byte[] _packed;

    private PackedBytes(byte[] basis, byte[] packed)
    {
        _basis = basis;
        _packed = packed;
    }

    /// <summary>Bytes once unpacked.</summary>
    public int Length
    {
        get
        {
            var read = 0;
            return ReadNumber(_packed, ref read);
        }
    }

    /// <summary>Bytes as they are held, without the basis.</summary>
    public int PackedLength => _packed.Length;

    /// <summary>Packs bytes over a basis, which is held as it is and may be empty.</summary>
    public static PackedBytes Pack(ReadOnlySpan<byte> source, byte[] basis)
    {
        // Basis and source as one text, so that runs may come from both.
        var text = new byte[basis.Length + source.Length];
        basis.CopyTo(text, 0);
        source.CopyTo(text.AsSpan(basis.Length));
        var places = new RunTable(text, TableBitsMin, TableBitsMax, CandidatesMax);
        var output = new ByteBuffer();
        WriteNumber(output, source.Length);
        for (var i = 0; i < basis.Length; i++)
        {
            places.Add(i);
        }
        var (at, literals) = (basis.Length, basis.Length);
        while (at + RunBytesMin <= text.Length)
        {
            var (from, length) = places.FindLongest(at);
            if (length < RunBytesMin)
            {
                places.Add(at++);
                continue;
            }
            WriteLiterals(output, text.AsSpan(literals, at - literals));
            WriteNumber(output, length);
            WriteNumber(output, at - from);
            for (var end = at + length; at < end;)
            {
                places.Add(at++);
            }
            literals = at;
        }
        WriteLiterals(output, text.AsSpan(literals));
        return new PackedBytes(basis, output.ToArray());
    }

    /// <summary>The bytes that were packed.</summary>
    public byte[] Unpack()
    {
        var read = 0;
        var text = new byte[_basis.Length + ReadNumber(_packed, ref read)];
        _basis.CopyTo(text, 0);
        var at = _basis.Length;
        while (read < _packed.Length)
        {
            var literals = ReadNumber(_packed, ref read);
            _packed.AsSpan(read, literals).CopyTo(text.AsSpan(at));
            read += literals;
            at += literals;
            if (read == _packed.Length)
            {
                break;
            }
            var length = ReadNumber(_packed, ref read);
            var from = at - ReadNumber(_packed, ref read);
            for (var end = at + length; at < end;)
            {
                // A run may overlap itself.
                text[at++] = text[from++];
            }
        }
        return text[_basis.Length..];
    }

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

    private static int ReadNumber(byte[] packed, ref int at)
    {
        uint value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var b = packed[at++];
            value |= (uint)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return (int)value;
            }
        }
    }
}
