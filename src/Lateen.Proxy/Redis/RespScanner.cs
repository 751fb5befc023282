namespace Lateen.Proxy.Redis;

/// <summary>
/// Finds where a frame of the Redis protocol ends, RESP2 or RESP3, however its bytes are cut into pieces. It keeps what
/// it has seen, so that no byte is looked at twice but those of an unfinished line.
/// </summary>
/// <remarks>
/// A frame is one line that begins with its type and ends with CR LF; bulk types are followed by so many bytes and
/// another CR LF, aggregates by so many frames.
/// </remarks>
internal sealed class RespScanner
{
    /// <summary>Bytes of a bulk string; Redis's own limit.</summary>
    internal const long BulkBytesMax = 512L * 1024 * 1024;

    /// <summary>Elements of an aggregate.</summary>
    internal const long ElementCountMax = 1024 * 1024;

    private const int LineBytesMax = 64 * 1024;
    private const int DepthMax = 32;

    private readonly long[] _left = new long[DepthMax];
    private int _depth;
    private int _position;
    private int _bulkEnd;

    /// <summary>Length of the frame once it is done.</summary>
    internal int Length => _position;

    internal void Reset()
    {
        _depth = 0;
        _position = 0;
        _bulkEnd = 0;
    }

    /// <summary>Goes on with all bytes of the frame that have come, from its first on.</summary>
    internal RespStatus Advance(ReadOnlySpan<byte> frame)
    {
        while (true)
        {
            if (_bulkEnd > 0)
            {
                if (frame.Length < _bulkEnd)
                {
                    return RespStatus.NeedMore;
                }

                if (!frame[(_bulkEnd - 2).._bulkEnd].SequenceEqual("\r\n"u8))
                {
                    return RespStatus.Invalid;
                }

                _position = _bulkEnd;
                _bulkEnd = 0;
            }
            else
            {
                var status = ReadLine(frame[_position..], out var opensMore);
                if (status != RespStatus.Done)
                {
                    return status;
                }

                if (opensMore)
                {
                    continue;
                }
            }

            if (IsComplete())
            {
                return RespStatus.Done;
            }
        }
    }

    private RespStatus ReadLine(ReadOnlySpan<byte> rest, out bool opensMore)
    {
        opensMore = false;
        if (rest.IsEmpty)
        {
            return RespStatus.NeedMore;
        }

        var end = rest.IndexOf((byte)'\r');
        var text = end < 0 ? rest[1..] : rest[1..end];
        if (!IsPossible(rest[0], text))
        {
            return RespStatus.Invalid;
        }

        if (end < 0 || end + 1 == rest.Length)
        {
            return rest.Length > LineBytesMax ? RespStatus.Invalid : RespStatus.NeedMore;
        }

        if (rest[end + 1] != '\n')
        {
            return RespStatus.Invalid;
        }

        return Open(rest[0], text, end + 2, out opensMore) ? RespStatus.Done : RespStatus.Invalid;
    }

    /// <summary>A line is over: what follows it belongs to the frame still, or the element is complete.</summary>
    private bool Open(byte type, ReadOnlySpan<byte> text, int lineLength, out bool opensMore)
    {
        opensMore = false;
        _position += lineLength;
        if (type is not ((byte)'$' or (byte)'=' or (byte)'!' or (byte)'*' or (byte)'~' or (byte)'>' or (byte)'%'))
        {
            return type != ':' || RespNumber.TryParse(text, out _);
        }

        if (!RespNumber.TryParse(text, out var count) || count < -1)
        {
            return false;
        }

        if (type is (byte)'$' or (byte)'=' or (byte)'!')
        {
            if (count > BulkBytesMax)
            {
                return false;
            }

            if (count >= 0)
            {
                _bulkEnd = checked(_position + (int)count + 2);
                opensMore = true;
            }

            return true;
        }

        if (count > ElementCountMax || _depth == DepthMax)
        {
            return false;
        }

        if (count > 0)
        {
            _left[_depth++] = type == '%' ? count * 2 : count;
            opensMore = true;
        }

        return true;
    }

    /// <summary>An element is over; so may be the aggregates that it was the last of.</summary>
    private bool IsComplete()
    {
        while (_depth > 0)
        {
            if (--_left[_depth - 1] > 0)
            {
                return false;
            }

            _depth--;
        }

        return true;
    }

    /// <summary>Whether a line of this type may begin so: a wrong one is refused before it ends.</summary>
    private static bool IsPossible(byte type, ReadOnlySpan<byte> text) => type switch
    {
        (byte)'+' or (byte)'-' or (byte)',' or (byte)'(' => text.Length <= LineBytesMax,
        (byte)'_' => text.IsEmpty,
        (byte)'#' => text.Length <= 1 && (text.IsEmpty || text[0] is (byte)'t' or (byte)'f'),
        (byte)':' or (byte)'$' or (byte)'*' or (byte)'=' or (byte)'!' or (byte)'~' or (byte)'>' or (byte)'%' =>
            text.Length <= 20 && text.IndexOfAnyExceptInRange((byte)'0', (byte)'9') is -1 or 0
            && (text.IsEmpty || text[0] is (byte)'-' || char.IsAsciiDigit((char)text[0]))
            && text[Math.Min(1, text.Length)..].IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0,
        _ => false,
    };
}
