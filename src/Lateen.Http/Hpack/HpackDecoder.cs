namespace Lateen.Http.Hpack;

/// <summary>
/// Reads header blocks of one direction of a connection (RFC 7541): pure, and without allocation when warm. A block may
/// come in pieces; only whole fields are consumed.
/// </summary>
public sealed class HpackDecoder
{
    /// <summary>Length of a name or value, in bytes as they stand in the block, that is refused: 256 KiB.</summary>
    public const int StringBytesMax = 256 * 1024;

    /// <summary>Size of the table before a peer has learnt of another limit (RFC 9113 §6.5.2).</summary>
    public const int DefaultTableSize = 4096;

    private const int SizeUpdatesMax = 2;

    private readonly HpackDynamicTable _table;
    private byte[] _name = [];
    private byte[] _value = [];
    private bool _sawField;
    private int _sizeUpdates;

    /// <summary>Makes a decoder whose peer may use a table of this size.</summary>
    public HpackDecoder(int tableSizeLimit = DefaultTableSize)
    {
        _table = new HpackDynamicTable(DefaultTableSize);
        TableSizeLimit = Math.Max(tableSizeLimit, DefaultTableSize);
    }

    /// <summary>Why the last call gave false.</summary>
    public HpackError Error { get; private set; }

    /// <summary>
    /// The largest table that the peer may choose, SETTINGS_HEADER_TABLE_SIZE. The initial 4096 stay allowed until the
    /// peer has acknowledged a smaller one.
    /// </summary>
    public int TableSizeLimit { get; private set; }

    /// <summary>Bytes of the table in use as HPACK counts them.</summary>
    public int TableSize => _table.Size;

    /// <summary>The peer has acknowledged this limit.</summary>
    public void SetTableSizeLimit(int limit)
    {
        TableSizeLimit = limit;
        if (_table.SizeMax > limit)
        {
            _table.SetSizeMax(limit);
        }
    }

    /// <summary>A header block begins.</summary>
    public void BeginBlock()
    {
        _sawField = false;
        _sizeUpdates = 0;
        Error = HpackError.None;
    }

    /// <summary>
    /// Decodes what is whole. The rest behind <paramref name="consumed"/> is to be given again with more behind it;
    /// with
    /// <paramref name="isLast"/> there may be none. False on an error, after which the connection is of no use.
    /// </summary>
    public bool TryDecode<TSink>(ReadOnlySpan<byte> data, bool isLast, ref TSink sink, out int consumed)
        where TSink : IHpackSink
    {
        consumed = 0;
        while (consumed < data.Length)
        {
            var read = ReadField(data[consumed..], ref sink);
            if (read < 0)
            {
                return false;
            }

            if (read == 0)
            {
                break;
            }

            consumed += read;
        }

        return !isLast || consumed == data.Length || Fail(HpackError.Truncated) >= 0;
    }

    /// <summary>Bytes read; 0 when more are needed, -1 on an error.</summary>
    private int ReadField<TSink>(ReadOnlySpan<byte> data, ref TSink sink)
        where TSink : IHpackSink
    {
        var first = data[0];
        if ((first & 0x80) != 0)
        {
            return ReadIndexed(data, ref sink);
        }

        if ((first & 0xE0) == 0x20)
        {
            return ReadSizeUpdate(data);
        }

        var indexing = (first & 0xC0) == 0x40;
        return ReadLiteral(data, indexing ? 6 : 4, indexing, ref sink);
    }

    private int ReadIndexed<TSink>(ReadOnlySpan<byte> data, ref TSink sink)
        where TSink : IHpackSink
    {
        var read = HpackInteger.Read(data, 7, out var index);
        if (read <= 0)
        {
            return read < 0 ? Fail(HpackError.Number) : 0;
        }

        if (index == 0 || index > HpackStaticTable.Count + _table.Count)
        {
            return Fail(HpackError.Index);
        }

        _sawField = true;
        if (index <= HpackStaticTable.Count)
        {
            sink.OnField(
                HpackStaticTable.IdAt(index), HpackStaticTable.NameAt(index), HpackStaticTable.ValueAt(index));
        }
        else
        {
            var age = index - HpackStaticTable.Count - 1;
            sink.OnField(_table.IdAt(age), _table.NameAt(age), _table.ValueAt(age));
        }

        return read;
    }

    private int ReadLiteral<TSink>(ReadOnlySpan<byte> data, int prefixBits, bool indexing, ref TSink sink)
        where TSink : IHpackSink
    {
        var at = HpackInteger.Read(data, prefixBits, out var index);
        if (at <= 0)
        {
            return at < 0 ? Fail(HpackError.Number) : 0;
        }

        if (index > HpackStaticTable.Count + _table.Count)
        {
            return Fail(HpackError.Index);
        }

        HeaderId id;
        ReadOnlySpan<byte> name;
        if (index == 0)
        {
            var read = ReadString(data[at..], ref _name, out name);
            if (read <= 0)
            {
                return read;
            }

            at += read;
            id = HeaderIds.Find(name);
        }
        else if (index <= HpackStaticTable.Count)
        {
            id = HpackStaticTable.IdAt(index);
            name = HpackStaticTable.NameAt(index);
        }
        else
        {
            var age = index - HpackStaticTable.Count - 1;
            id = _table.IdAt(age);
            name = _table.NameAt(age);
        }

        var length = ReadString(data[at..], ref _value, out var value);
        if (length <= 0)
        {
            return length;
        }

        _sawField = true;
        sink.OnField(id, name, value);
        if (indexing)
        {
            _table.Add(id, name, value);
        }

        return at + length;
    }

    private int ReadString(ReadOnlySpan<byte> data, ref byte[] scratch, out ReadOnlySpan<byte> text)
    {
        text = default;
        var at = HpackInteger.Read(data, 7, out var length);
        if (at <= 0)
        {
            return at < 0 ? Fail(HpackError.Number) : 0;
        }

        if (length > StringBytesMax)
        {
            return Fail(HpackError.StringTooLong);
        }

        if (data.Length - at < length)
        {
            return 0;
        }

        var coded = data.Slice(at, length);
        if ((data[0] & 0x80) == 0)
        {
            text = coded;
            return at + length;
        }

        if (scratch.Length < (length * 8 / 5) + 8)
        {
            scratch = new byte[Math.Max(256, (length * 2) + 8)];
        }

        var decoded = HpackHuffman.Decode(coded, scratch);
        if (decoded < 0)
        {
            return Fail(HpackError.Huffman);
        }

        text = scratch.AsSpan(0, decoded);
        return at + length;
    }

    private int ReadSizeUpdate(ReadOnlySpan<byte> data)
    {
        var read = HpackInteger.Read(data, 5, out var size);
        if (read <= 0)
        {
            return read < 0 ? Fail(HpackError.Number) : 0;
        }

        if (_sawField || size > TableSizeLimit || ++_sizeUpdates > SizeUpdatesMax)
        {
            return Fail(HpackError.TableSize);
        }

        _table.SetSizeMax(size);
        return read;
    }

    private int Fail(HpackError error)
    {
        Error = error;
        return -1;
    }
}
