using System.Diagnostics;

namespace Lateen.Http.Hpack;

/// <summary>
/// Writes header blocks of one direction of a connection. Fields that recur go into the dynamic table; those that are
/// different each time do not, and credentials are marked never to be indexed (RFC 7541 §7.1.3). Strings are Huffman
/// coded where that is shorter. No allocation when warm.
/// </summary>
public sealed class HpackEncoder
{
    /// <summary>The largest table used, whatever the peer allows: 4096 bytes.</summary>
    public const int TableSizeMax = 4096;

    /// <summary>Bytes per field, above name and value, that a block takes at most.</summary>
    private const int FieldOverhead = 3 * HpackInteger.BytesMax;

    private readonly HpackDynamicTable _table = new(TableSizeMax);
    private int _sizeUpdateMin = -1;

    /// <summary>The peer's SETTINGS_HEADER_TABLE_SIZE.</summary>
    public void SetPeerTableSize(long size)
    {
        var wanted = (int)Math.Min(size, TableSizeMax);
        if (wanted == _table.SizeMax && _sizeUpdateMin < 0)
        {
            return;
        }

        _sizeUpdateMin = _sizeUpdateMin < 0 ? wanted : Math.Min(_sizeUpdateMin, wanted);
        _table.SetSizeMax(wanted);
    }

    /// <summary>Space that <see cref="Encode"/> may need.</summary>
    public static int BytesMax(HeaderMap headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        return headers.ByteSize + (headers.Count * FieldOverhead) + (2 * HpackInteger.BytesMax);
    }

    /// <summary>
    /// Writes a block: pseudo headers first, then the others in their order, without those that HTTP/2 does not know
    /// (RFC 9113 §8.2.2). Returns its length.
    /// </summary>
    public int Encode(HeaderMap headers, Span<byte> target)
    {
        ArgumentNullException.ThrowIfNull(headers);
        var written = WriteSizeUpdates(target);
        var count = headers.Count;
        for (var i = 0; i < count; i++)
        {
            if (HeaderIds.IsPseudo(headers.GetId(i)))
            {
                written += EncodeField(headers.GetId(i), headers.GetName(i), headers.GetValue(i), target[written..]);
            }
        }

        for (var i = 0; i < count; i++)
        {
            var id = headers.GetId(i);
            if (!HeaderIds.IsPseudo(id) && !IsConnectionSpecific(id))
            {
                written += EncodeField(id, headers.GetName(i), headers.GetValue(i), target[written..]);
            }
        }

        return written;
    }

    /// <summary>Writes one field. Returns its length.</summary>
    public int EncodeField(HeaderId id, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, Span<byte> target)
    {
        var field = HpackStaticTable.FindField(id, value);
        if (field > 0)
        {
            return HpackInteger.Write(target, 0x80, 7, field);
        }

        var index = HpackStaticTable.FindName(id, name);
        if (IsSensitive(id, value))
        {
            return WriteLiteral(target, 0x10, 4, index, name, value);
        }

        if (!IsIndexed(id) || ((name.Length + value.Length + HpackDynamicTable.EntryOverhead) * 4) > _table.SizeMax * 3)
        {
            return WriteLiteral(target, 0x00, 4, index, name, value);
        }

        var hash = HashOf(name, value);
        var age = _table.Find(hash, name, value);
        if (age >= 0)
        {
            return HpackInteger.Write(target, 0x80, 7, HpackStaticTable.Count + 1 + age);
        }

        if (index == 0)
        {
            age = _table.FindName(id, name);
            index = age < 0 ? 0 : HpackStaticTable.Count + 1 + age;
        }

        var written = WriteLiteral(target, 0x40, 6, index, name, value);
        _table.Add(id, name, value, hash);
        return written;
    }

    private int WriteSizeUpdates(Span<byte> target)
    {
        if (_sizeUpdateMin < 0)
        {
            return 0;
        }

        // The smallest size in between has to be told too (RFC 7541 §4.2).
        var written = 0;
        if (_sizeUpdateMin < _table.SizeMax)
        {
            written = HpackInteger.Write(target, 0x20, 5, _sizeUpdateMin);
        }

        written += HpackInteger.Write(target[written..], 0x20, 5, _table.SizeMax);
        _sizeUpdateMin = -1;
        return written;
    }

    private static int WriteLiteral(
        Span<byte> target, byte pattern, int prefixBits, int index, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var written = HpackInteger.Write(target, pattern, prefixBits, index);
        if (index == 0)
        {
            written += WriteString(target[written..], name);
        }

        return written + WriteString(target[written..], value);
    }

    private static int WriteString(Span<byte> target, ReadOnlySpan<byte> text)
    {
        var coded = HpackHuffman.EncodedLength(text);
        if (coded < text.Length)
        {
            var at = HpackInteger.Write(target, 0x80, 7, coded);
            var length = HpackHuffman.Encode(text, target[at..]);
            Debug.Assert(length == coded, "length");
            return at + length;
        }

        var start = HpackInteger.Write(target, 0x00, 7, text.Length);
        text.CopyTo(target[start..]);
        return start + text.Length;
    }

    private static bool IsConnectionSpecific(HeaderId id) => id is HeaderId.Connection or HeaderId.KeepAlive
        or HeaderId.ProxyConnection or HeaderId.TransferEncoding or HeaderId.Upgrade or HeaderId.Host
        or HeaderId.Http2Settings;

    private static bool IsSensitive(HeaderId id, ReadOnlySpan<byte> value) =>
        id == HeaderId.Authorization || (id is HeaderId.Cookie or HeaderId.SetCookie && value.Length < 20);

    /// <summary>Fields with a new value in each message would only push others out of the table.</summary>
    private static bool IsIndexed(HeaderId id) => id is not (HeaderId.Path or HeaderId.ContentLength or HeaderId.ETag
        or HeaderId.Location or HeaderId.SetCookie or HeaderId.XRequestId or HeaderId.TraceParent
        or HeaderId.XB3SpanId or HeaderId.XB3TraceId or HeaderId.XB3ParentSpanId or HeaderId.B3
        or HeaderId.XEnvoyUpstreamServiceTime or HeaderId.XEnvoyExpectedRqTimeoutMs or HeaderId.GrpcTimeout
        or HeaderId.XForwardedFor);

    private static uint HashOf(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var hash = 2166136261u ^ (uint)name.Length;
        foreach (var b in value)
        {
            hash = (hash ^ b) * 16777619u;
        }

        foreach (var b in name)
        {
            hash = (hash ^ b) * 16777619u;
        }

        return hash;
    }
}
