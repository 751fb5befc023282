using Lateen.Http.Hpack;

namespace Lateen.Http.Http2;

/// <summary>
/// Takes the fields of one header block into a <see cref="HeaderMap"/> and holds HTTP/2's rules for them (RFC 9113
/// §8.2, §8.3). After the first error the rest is dropped; the decoder goes on, since its table must.
/// </summary>
internal sealed class Http2HeaderBlock : IHpackSink
{
    private HeaderMap? _map;
    private Http2Limits _limits = Http2Limits.Default;
    private Http2BlockKind _kind;
    private uint _pseudoSeen;
    private bool _sawRegular;
    private int _count;
    private int _bytes;

    internal Http2Error Error { get; private set; }

    /// <summary>More has come than a message may hold, whatever else is wrong with it.</summary>
    internal bool IsTooLarge => _count > _limits.HeaderCountMax || _bytes > _limits.HeaderBytesMax;

    /// <summary>Of a response.</summary>
    internal int Status { get; private set; }

    /// <summary>-1 when it was not told.</summary>
    internal long ContentLength { get; private set; }

    /// <summary>Names with an underscore that were left out.</summary>
    internal int Dropped { get; private set; }

    /// <summary>Begins a block. Without a map nothing is kept, and only the size is checked.</summary>
    internal void Begin(HeaderMap? map, Http2BlockKind kind, Http2Limits limits)
    {
        _map = map;
        _kind = kind;
        _limits = limits;
        _pseudoSeen = 0;
        _sawRegular = false;
        _count = 0;
        _bytes = 0;
        Error = Http2Error.None;
        Status = 0;
        ContentLength = -1;
        Dropped = 0;
    }

    public void OnField(HeaderId id, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        _bytes += name.Length + value.Length;
        _count++;
        if (Error != Http2Error.None)
        {
            return;
        }

        if (_count > _limits.HeaderCountMax)
        {
            Error = Http2Error.TooManyHeaders;
            return;
        }

        if (_bytes > _limits.HeaderBytesMax)
        {
            Error = Http2Error.HeadersTooLarge;
            return;
        }

        if (_map is null)
        {
            return;
        }

        if (name.Length > 0 && name[0] == ':')
        {
            Error = _kind != Http2BlockKind.Trailers && !_sawRegular && AddPseudo(_map, id, value)
                ? Http2Error.None
                : Http2Error.InvalidField;
            return;
        }

        _sawRegular = true;
        Error = AddRegular(_map, id, name, value);
    }

    /// <summary>The block is complete: what is missing?</summary>
    internal Http2Error Finish(bool endStream)
    {
        if (_map is null || Error != Http2Error.None)
        {
            return Error;
        }

        var ok = _kind switch
        {
            Http2BlockKind.Request => IsRequestComplete(_map),
            Http2BlockKind.Response => Status >= 200 || (Status >= 100 && !endStream),
            _ => endStream,
        };
        return ok ? Http2Error.None : Http2Error.Messaging;
    }

    private bool AddPseudo(HeaderMap map, HeaderId id, ReadOnlySpan<byte> value)
    {
        var isResponse = _kind == Http2BlockKind.Response;
        if (!HeaderIds.IsPseudo(id) || (id == HeaderId.Status) != isResponse || (_pseudoSeen & (1u << (int)id)) != 0)
        {
            return false;
        }

        _pseudoSeen |= 1u << (int)id;
        var ok = id switch
        {
            HeaderId.Method => Http2Fields.IsMethod(value),
            HeaderId.Scheme => Http2Fields.IsScheme(value),
            HeaderId.Path => Http2Fields.IsPath(value),
            HeaderId.Authority => value.Length > 0 && Http2Fields.IsAuthority(value),
            HeaderId.Protocol => _limits.AllowConnect && Http2Fields.IsValue(value) && value.Length > 0,
            _ => ReadStatus(value),
        };
        if (ok)
        {
            map.Add(id, value);
        }

        return ok;
    }

    private bool ReadStatus(ReadOnlySpan<byte> value)
    {
        // 101 has no meaning in HTTP/2 (RFC 9113 §8.6).
        var ok = Http2Fields.TryReadStatus(value, out var status) && status != 101;
        Status = status;
        return ok;
    }

    private Http2Error AddRegular(HeaderMap map, HeaderId id, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (!Http2Fields.IsName(name) || !Http2Fields.IsValue(value))
        {
            return Http2Error.InvalidField;
        }

        switch (id)
        {
            case HeaderId.Connection or HeaderId.KeepAlive or HeaderId.ProxyConnection or HeaderId.TransferEncoding
                or HeaderId.Upgrade:
            case HeaderId.TE when !System.Text.Ascii.EqualsIgnoreCase(value, "trailers"u8):
                return Http2Error.InvalidField;
            case HeaderId.ContentLength:
                return AddContentLength(map, value);
            case HeaderId.Host when _kind == Http2BlockKind.Request:
                return AddHost(map, value);
            case HeaderId.Cookie:
                map.Append(id, value, "; "u8);
                return Http2Error.None;
            case HeaderId.None:
                return AddUnknown(map, name, value);
        }

        if (map.Contains(id) && HeaderIds.IsInline(id, map))
        {
            map.Append(id, value, ","u8);
        }
        else
        {
            map.Add(id, value);
        }

        return Http2Error.None;
    }

    private Http2Error AddUnknown(HeaderMap map, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (_limits.Underscores == Http2Underscores.Allow || !name.Contains((byte)'_'))
        {
            map.Add(name, value);
            return Http2Error.None;
        }

        Dropped++;
        return _limits.Underscores == Http2Underscores.Reject ? Http2Error.Underscore : Http2Error.None;
    }

    private Http2Error AddContentLength(HeaderMap map, ReadOnlySpan<byte> value)
    {
        if (_kind == Http2BlockKind.Trailers)
        {
            return Http2Error.Messaging;
        }

        // A second one, even an equal one, is refused.
        if (!Http2Fields.TryReadLength(value, out var length) || ContentLength >= 0)
        {
            return Http2Error.InvalidField;
        }

        map.Add(HeaderId.ContentLength, value);
        ContentLength = length;
        return Http2Error.None;
    }

    /// <summary>:authority wins over host; without one the host takes its place (RFC 9113 §8.3.1).</summary>
    private static Http2Error AddHost(HeaderMap map, ReadOnlySpan<byte> value)
    {
        if (!Http2Fields.IsAuthority(value))
        {
            return Http2Error.InvalidField;
        }

        if (!map.Contains(HeaderId.Authority))
        {
            map.Add(HeaderId.Authority, value);
        }

        return Http2Error.None;
    }

    /// <summary>With http and https a path is absolute, or the asterisk of OPTIONS (RFC 9113 §8.3.1).</summary>
    private static bool IsPathOfScheme(HeaderMap map)
    {
        var path = map.Get(HeaderId.Path);
        if (path[0] == '/')
        {
            return true;
        }

        var scheme = map.Get(HeaderId.Scheme);
        var isHttp = System.Text.Ascii.EqualsIgnoreCase(scheme, "http"u8)
            || System.Text.Ascii.EqualsIgnoreCase(scheme, "https"u8);
        return !isHttp || (path.SequenceEqual("*"u8) && map.Get(HeaderId.Method).SequenceEqual("OPTIONS"u8));
    }

    private static bool IsRequestComplete(HeaderMap map)
    {
        if (!map.Contains(HeaderId.Method) || !map.Contains(HeaderId.Authority))
        {
            return false;
        }

        var isConnect = map.Get(HeaderId.Method).SequenceEqual("CONNECT"u8);
        if (isConnect && !map.Contains(HeaderId.Protocol))
        {
            return !map.Contains(HeaderId.Scheme) && !map.Contains(HeaderId.Path);
        }

        return map.Contains(HeaderId.Scheme) && map.Contains(HeaderId.Path) && IsPathOfScheme(map)
            && isConnect == map.Contains(HeaderId.Protocol);
    }
}
