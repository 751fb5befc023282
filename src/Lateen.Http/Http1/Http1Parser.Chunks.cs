namespace Lateen.Http.Http1;

/// <content>Chunked transfer coding (RFC 9112 §7.1): size in hexadecimal, extensions skipped, data, trailers.</content>
public sealed partial class Http1Parser
{
    private const int ChunkSizeDigitsMax = 15;

    /// <summary>The same where it is Envoy's that counts: 64 bits.</summary>
    private const int LenientSizeDigitsMax = 16;

    /// <summary>Bytes of extensions of one chunk; more is an attack.</summary>
    private const int ChunkExtensionBytesMax = 16 * 1024;

    /// <summary>The same where it is Envoy's that counts: all of a head may be extension.</summary>
    private const int LenientExtensionBytesMax = 64 * 1024;

    private int _extensionBytes;
    private bool _isSizeOver;
    private Extension _extension;

    private enum Extension : byte
    {
        NameStart,
        Name,
        ValueStart,
        Value,
        Quoted,
        Escape,
        AfterQuoted,
    }

    private Http1Result ReadChunked(ReadOnlySpan<byte> data, HeaderMap? trailers, out int skip, out int length)
    {
        skip = 0;
        length = 0;
        while (skip < data.Length)
        {
            var b = data[skip];
            switch (_state)
            {
                case State.ChunkSize:
                    if (!TryReadChunkSize(b))
                    {
                        return Http1Result.Invalid;
                    }

                    break;
                case State.ChunkExtension:
                    if (!TryReadExtension(b))
                    {
                        return Fail(Http1Error.Chunk);
                    }

                    break;
                case State.ChunkSizeLf:
                    if (b != '\n')
                    {
                        return Fail(Http1Error.Chunk);
                    }

                    _state = _remaining == 0 ? State.Trailers : State.ChunkData;
                    _chunkSizeDigits = 0;
                    break;
                case State.ChunkData:
                    length = (int)Math.Min(_remaining, data.Length - skip);
                    _remaining -= length;
                    _state = _remaining == 0 ? State.ChunkDataCr : State.ChunkData;
                    return Http1Result.Data;
                case State.ChunkDataCr:
                    if (b != '\r')
                    {
                        return Fail(Http1Error.Chunk);
                    }

                    _state = State.ChunkDataLf;
                    break;
                case State.ChunkDataLf:
                    if (b != '\n')
                    {
                        return Fail(Http1Error.Chunk);
                    }

                    _state = State.ChunkSize;
                    break;
                default:
                    return trailers is null ? Http1Result.NeedMore : ReadTrailers(data, trailers, ref skip);
            }

            skip++;
        }

        return _state == State.Done ? Http1Result.MessageDone : Http1Result.NeedMore;
    }

    /// <summary>Extensions mean nothing to a proxy, yet their grammar decides where the line ends (RFC 9112
    /// §7.1.1).</summary>
    private bool TryReadExtension(byte b)
    {
        if (++_extensionBytes > (_limits.IsLenient ? LenientExtensionBytesMax : ChunkExtensionBytesMax))
        {
            return false;
        }

        if (_limits.IsLenient)
        {
            _state = b == '\r' ? State.ChunkSizeLf : _state;
            return b != '\n';
        }

        var isToken = Http1Bytes.IsTokenByte(b);
        switch (_extension)
        {
            case Extension.NameStart when isToken:
                _extension = Extension.Name;
                return true;
            case Extension.ValueStart when isToken:
                _extension = Extension.Value;
                return true;
            case Extension.ValueStart when b == '"':
                _extension = Extension.Quoted;
                return true;
            case Extension.Name or Extension.Value when isToken:
                return true;
            case Extension.Name when b == '=':
                _extension = Extension.ValueStart;
                return true;
            case Extension.Quoted:
                _extension = b == '"' ? Extension.AfterQuoted : b == '\\' ? Extension.Escape : Extension.Quoted;
                return b is (byte)'\t' or (>= 0x20 and not 0x7F);
            case Extension.Escape:
                _extension = Extension.Quoted;
                return b is (byte)'\t' or (>= 0x20 and not 0x7F);
            case Extension.Name or Extension.Value or Extension.AfterQuoted when b is (byte)';' or (byte)'\r':
                _extension = Extension.NameStart;
                _state = b == '\r' ? State.ChunkSizeLf : State.ChunkExtension;
                return true;
            default:
                return false;
        }
    }

    private bool TryReadChunkSize(byte b)
    {
        var digit = b switch
        {
            >= (byte)'0' and <= (byte)'9' => b - '0',
            >= (byte)'a' and <= (byte)'f' => b - 'a' + 10,
            >= (byte)'A' and <= (byte)'F' => b - 'A' + 10,
            _ => -1,
        };
        if (digit >= 0 && !_isSizeOver)
        {
            if (_chunkSizeDigits == 0)
            {
                _remaining = 0;
            }

            if (++_chunkSizeDigits > (_limits.IsLenient ? LenientSizeDigitsMax : ChunkSizeDigitsMax))
            {
                return Refuse(Http1Error.Chunk);
            }

            // No connection lives to see the end of what does not fit.
            _remaining = _remaining > long.MaxValue >> 4 ? long.MaxValue : (_remaining << 4) | (uint)digit;
            return true;
        }

        if (_limits.IsLenient && b is (byte)' ' or (byte)'\t' && _chunkSizeDigits > 0)
        {
            _isSizeOver = true;
            return true;
        }

        if (_chunkSizeDigits == 0 || b is not ((byte)';' or (byte)'\r'))
        {
            return Refuse(Http1Error.Chunk);
        }

        _isSizeOver = false;

        _extensionBytes = 0;
        _extension = Extension.NameStart;
        _state = b == '\r' ? State.ChunkSizeLf : State.ChunkExtension;
        return true;
    }

    private Http1Result ReadTrailers(ReadOnlySpan<byte> data, HeaderMap trailers, ref int skip)
    {
        while (true)
        {
            var rest = data[skip..];
            var end = rest.IndexOf((byte)'\n');
            if (end < 0)
            {
                return _headBytes + rest.Length > _limits.HeaderBytesMax ? Fail(Http1Error.HeadersTooLarge)
                    : Http1Result.NeedMore;
            }

            var lineEnd = end - 1;
            if (end == 0 || rest[lineEnd] != '\r')
            {
                if (!_limits.IsLenient)
                {
                    return Fail(Http1Error.Syntax);
                }

                lineEnd = end;
            }

            skip += end + 1;
            _headBytes += end + 1;
            if (_headBytes > _limits.HeaderBytesMax)
            {
                return Fail(Http1Error.HeadersTooLarge);
            }

            if (lineEnd == 0)
            {
                _state = State.Done;
                return Http1Result.MessageDone;
            }

            if (!TryReadHeader(rest[..lineEnd], trailers))
            {
                return Http1Result.Invalid;
            }
        }
    }
}
