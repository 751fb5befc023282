using System.Buffers.Text;

namespace Lateen.Http.Http1;

/// <summary>
/// Reads HTTP/1 messages of one direction of one connection: a pure state machine over spans, which keeps no input
/// bytes. Lines are consumed whole; body bytes are not copied but pointed at. Strict where leniency has led to
/// smuggling: CRLF line ends, one framing, plain tokens. Reused from message to message with
/// <see cref="BeginMessage"/>.
/// </summary>
public sealed partial class Http1Parser
{
    private readonly bool _isRequest;
    private Http1Limits _limits;
    private State _state;
    private int _headBytes;
    private int _headerCount;
    private long _remaining;
    private int _chunkSizeDigits;

    /// <summary>Makes a parser that waits for a first message.</summary>
    public Http1Parser(bool isRequest, Http1Limits? limits = null)
    {
        _isRequest = isRequest;
        _limits = limits ?? Http1Limits.Default;
        BeginMessage();
    }

    private enum State : byte
    {
        StartLine,
        Headers,
        HeadDone,
        Length,
        ChunkSize,
        ChunkExtension,
        ChunkSizeLf,
        ChunkData,
        ChunkDataCr,
        ChunkDataLf,
        Trailers,
        UntilClose,
        Tunnel,
        Done,
        Failed,
    }

    /// <summary>What made the message invalid.</summary>
    public Http1Error Error { get; private set; }

    /// <summary>0 for HTTP/1.0, 1 for HTTP/1.1.</summary>
    public int MinorVersion { get; private set; }

    /// <summary>Status of a response.</summary>
    public int StatusCode { get; private set; }

    /// <summary>How the body ends; valid once the head is done.</summary>
    public Http1Framing Framing { get; private set; }

    /// <summary>Content-Length, or -1.</summary>
    public long ContentLength { get; private set; }

    /// <summary>The connection is not to be used for another message.</summary>
    public bool CloseAfter { get; private set; }

    /// <summary>The message asks (or agrees) to change the protocol by Upgrade.</summary>
    public bool HasUpgrade { get; private set; }

    /// <summary>The message is complete.</summary>
    public bool IsDone => _state == State.Done;

    /// <summary>Bytes of a message have come.</summary>
    public bool HasBegun => _state != State.StartLine || _headBytes > 0;

    /// <summary>The method of the request that a response answers is HEAD; set before its head is parsed.</summary>
    public bool AnswersHead { get; set; }

    /// <summary>The method of the request that a response answers is CONNECT.</summary>
    public bool AnswersConnect { get; set; }

    /// <summary>The request that a response answers asked for an upgrade.</summary>
    public bool AnswersUpgrade { get; set; }

    /// <summary>Sets limits for the messages to come.</summary>
    public void SetLimits(Http1Limits limits) => _limits = limits;

    /// <summary>Makes ready for the next message.</summary>
    public void BeginMessage()
    {
        _state = State.StartLine;
        _headBytes = 0;
        _headerCount = 0;
        _remaining = 0;
        _chunkSizeDigits = 0;
        _extensionBytes = 0;
        _isSizeOver = false;
        _extension = Extension.NameStart;
        _soundBytes = 0;
        Error = Http1Error.None;
        MinorVersion = 1;
        StatusCode = 0;
        Framing = Http1Framing.None;
        ContentLength = -1;
        CloseAfter = false;
        HasUpgrade = false;
        AnswersHead = false;
        AnswersConnect = false;
        AnswersUpgrade = false;
    }

    /// <summary>
    /// Reads as much of a head as <paramref name="data"/> holds. After <see cref="Http1Result.HeadDone"/> go on with
    /// <see cref="ReadBody"/>. On <see cref="Http1Result.NeedMore"/> give the unconsumed rest again with more behind
    /// it.
    /// </summary>
    public Http1Result ReadHead(ReadOnlySpan<byte> data, HeaderMap headers, out int consumed)
    {
        ArgumentNullException.ThrowIfNull(headers);
        consumed = 0;
        while (_state != State.Failed)
        {
            if (_state == State.Headers && !_limits.KeepsNames)
            {
                consumed += TakePlainHeaders(data[consumed..], headers);
            }

            var rest = data[consumed..];
            if (_state == State.StartLine && rest.Length > 0 && rest[0] is (byte)'\r' or (byte)'\n' && _headBytes == 0
                && _isRequest)
            {
                if (SkipEmptyLine(rest, ref consumed) is { } stopped)
                {
                    return stopped;
                }

                continue;
            }

            var end = rest.IndexOf((byte)'\n');
            if (end < 0)
            {
                return CheckPartialLine(rest);
            }

            var lineEnd = FindLineEnd(rest, end);
            if (lineEnd < 0)
            {
                return Fail(Http1Error.Syntax);
            }

            if (_limits.IsLenient && _state == State.Headers && IsFolded(rest, lineEnd, end))
            {
                var folded = TakeFolded(rest, end, headers, ref consumed);
                if (folded != Http1Result.HeadDone)
                {
                    return folded;
                }

                continue;
            }

            consumed += end + 1;
            _headBytes += end + 1;
            if (_headBytes > _limits.HeaderBytesMax)
            {
                return Fail(Http1Error.HeadersTooLarge);
            }

            if (_state == State.Headers && lineEnd == 0)
            {
                return FinishHead(headers);
            }

            if (!TryReadLine(rest[..lineEnd], headers))
            {
                return Http1Result.Invalid;
            }
        }

        return Http1Result.Invalid;
    }

    private bool TryReadLine(ReadOnlySpan<byte> line, HeaderMap headers)
    {
        if (_state != State.StartLine)
        {
            return TryReadHeader(line, headers);
        }

        _state = State.Headers;
        return _isRequest ? TryReadRequestLine(line, headers) : TryReadStatusLine(line, headers);
    }

    /// <summary>
    /// Reads on in the body. On <see cref="Http1Result.Data"/> the bytes from <paramref name="skip"/> on,
    /// <paramref name="length"/> many, are body; the caller takes them and drops <c>skip + length</c> bytes. Otherwise
    /// it drops
    /// <paramref name="skip"/> bytes. Trailers are added to <paramref name="trailers"/>.
    /// </summary>
    public Http1Result ReadBody(ReadOnlySpan<byte> data, HeaderMap trailers, out int skip, out int length)
    {
        skip = 0;
        length = 0;
        switch (_state)
        {
            case State.Done:
                return Http1Result.MessageDone;
            case State.Length:
                length = (int)Math.Min(_remaining, data.Length);
                _remaining -= length;
                if (length > 0)
                {
                    if (_remaining == 0)
                    {
                        _state = State.Done;
                    }

                    return Http1Result.Data;
                }

                return Http1Result.NeedMore;
            case State.UntilClose or State.Tunnel:
                length = data.Length;
                return length > 0 ? Http1Result.Data : Http1Result.NeedMore;
            case State.Failed:
                return Http1Result.Invalid;
            default:
                var result = ReadChunked(data, trailers, out skip, out length);
                return _limits.IsLenient ? LookBehind(result, data, ref skip, ref length) : result;
        }
    }

    /// <summary>Where the line ends that a line feed is behind; below zero when it may not end so.</summary>
    private int FindLineEnd(ReadOnlySpan<byte> rest, int lineFeed)
    {
        var hasReturn = lineFeed > 0 && rest[lineFeed - 1] == '\r';
        if (!_limits.IsLenient || _state != State.StartLine)
        {
            return hasReturn ? lineFeed - 1 : _limits.IsLenient ? lineFeed : -1;
        }

        return rest[..lineFeed].TrimEnd((byte)'\r').Length;
    }

    /// <summary>Empty lines before a request line are tolerated (RFC 9112 §2.2). Null: skipped.</summary>
    private Http1Result? SkipEmptyLine(ReadOnlySpan<byte> rest, ref int consumed)
    {
        if (_limits.IsLenient)
        {
            consumed++;
            return null;
        }

        if (rest[0] == '\r' && (rest.Length < 2 || rest[1] != '\n'))
        {
            return rest.Length < 2 ? Http1Result.NeedMore : Fail(Http1Error.Syntax);
        }

        consumed += rest[0] == '\r' ? 2 : 1;
        return null;
    }

    /// <summary>The peer has ended its stream. True when that completes the message.</summary>
    public bool EndsByClose() => _state is State.UntilClose or State.Done or State.Tunnel;

    /// <summary>From now on everything is passed through unread, after an upgrade was agreed.</summary>
    public void BecomeTunnel()
    {
        _state = State.Tunnel;
        Framing = Http1Framing.Tunnel;
    }

    private Http1Result CheckPartialLine(ReadOnlySpan<byte> rest)
    {
        if (_headBytes + rest.Length > _limits.HeaderBytesMax)
        {
            return Fail(Http1Error.HeadersTooLarge);
        }

        // A wrong first word is told at once, so that a peer of another protocol does not wait for ever.
        if (_state == State.StartLine && rest.Length > 0)
        {
            var word = rest[..Math.Min(rest.Length, 5)];
            var ok = _isRequest ? _limits.IsLenient ? rest[0] is > 0x20 and < 0x7F : IsMethodStart(rest)
                : word.SequenceEqual("HTTP/"u8[..word.Length]);
            return ok ? Http1Result.NeedMore : Fail(Http1Error.Syntax);
        }

        return Http1Result.NeedMore;
    }

    private static bool IsMethodStart(ReadOnlySpan<byte> rest)
    {
        var space = rest.IndexOfAny((byte)' ', (byte)'\t');
        var word = space < 0 ? rest : rest[..space];
        return word.Length <= 32 && Http1Bytes.IsToken(word);
    }

    private Http1Result Fail(Http1Error error)
    {
        _state = State.Failed;
        Error = error;
        return Http1Result.Invalid;
    }

    private bool Refuse(Http1Error error)
    {
        Fail(error);
        return false;
    }

    private bool TryReadVersion(ReadOnlySpan<byte> text)
    {
        if (text.Length != 8 || !text.StartsWith("HTTP/"u8) || text[6] != '.' || !IsDigit(text[5]) || !IsDigit(text[7]))
        {
            return Refuse(Http1Error.Syntax);
        }

        if (text[5] != '1' || text[7] > '1')
        {
            return Refuse(Http1Error.Version);
        }

        MinorVersion = text[7] - '0';
        return true;
    }

    /// <summary>Envoy takes any version of an answer; only with 1.1 does the connection stay.</summary>
    private bool TryReadResponseVersion(ReadOnlySpan<byte> text)
    {
        if (!_limits.IsLenient || text.Length != 8 || !text.StartsWith("HTTP/"u8) || text[6] != '.'
            || !IsDigit(text[5]) || !IsDigit(text[7]))
        {
            return TryReadVersion(text);
        }

        MinorVersion = text[5] == '1' && text[7] == '1' ? 1 : 0;
        return true;
    }

    private bool TryReadStatusLine(ReadOnlySpan<byte> line, HeaderMap headers)
    {
        if (_limits.IsLenient && line.Length > 9 && line[9] == ' ' && Straighten(line) is { } straight)
        {
            line = straight;
        }

        var codeLength = _limits.IsLenient && line.Length > 12 && IsDigit(line[12]) ? 4 : 3;
        var codeEnd = 9 + codeLength;
        if (line.Length < codeEnd || line[8] != ' ' || (line.Length > codeEnd && line[codeEnd] != ' '))
        {
            return Refuse(Http1Error.Syntax);
        }

        var code = line.Slice(9, codeLength);
        if (!TryReadResponseVersion(line[..8]) || !Utf8Parser.TryParse(code, out int status, out var digits)
            || digits != codeLength)
        {
            return Refuse(Http1Error.Syntax);
        }

        if (status < 100 || line[codeEnd..].ContainsAny(Http1Bytes.ValueInvalid))
        {
            return Refuse(Http1Error.Syntax);
        }

        StatusCode = status;
        headers.Add(HeaderId.Status, code);
        return true;
    }

    private static bool IsDigit(byte b) => b is >= (byte)'0' and <= (byte)'9';
}
