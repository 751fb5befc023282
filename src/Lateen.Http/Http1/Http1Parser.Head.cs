using System.Buffers.Text;

namespace Lateen.Http.Http1;

/// <content>Request line, header lines, and what they say about framing.</content>
public sealed partial class Http1Parser
{
    private bool TryReadRequestLine(ReadOnlySpan<byte> line, HeaderMap headers)
    {
        if (_limits.IsLenient && line.Length > 0 && line[0] is not ((byte)' ' or (byte)'\t')
            && Straighten(line) is { } straight)
        {
            line = straight;
        }

        var methodEnd = line.IndexOf((byte)' ');
        if (methodEnd <= 0)
        {
            return Refuse(Http1Error.Syntax);
        }

        var method = line[..methodEnd];
        if (_limits.AllowCustomMethods ? !Http1Bytes.IsToken(method) : !Http1Bytes.IsKnownMethod(method))
        {
            return Refuse(Http1Error.Method);
        }

        var rest = line[(methodEnd + 1)..];
        var targetEnd = rest.IndexOf((byte)' ');
        if (targetEnd < 0)
        {
            // HTTP/0.9 has no version; it is known and refused as too old.
            return Refuse(Http1Bytes.IsTarget(rest) && rest[0] == '/' ? Http1Error.Version : Http1Error.Syntax);
        }

        var target = rest[..targetEnd];
        headers.Add(HeaderId.Method, method);
        return TryReadVersion(rest[(targetEnd + 1)..]) && TryReadTarget(method, target, headers);
    }

    private bool TryReadTarget(ReadOnlySpan<byte> method, ReadOnlySpan<byte> target, HeaderMap headers)
    {
        if (!Http1Bytes.IsTarget(target))
        {
            return Refuse(
                target.ContainsAny(Http1Bytes.ValueInvalid) ? Http1Error.InvalidCharacters : Http1Error.Target);
        }

        if (method.SequenceEqual("CONNECT"u8))
        {
            if (!UrlParts.IsConnectTarget(target))
            {
                return Refuse(Http1Error.Url);
            }

            headers.Add(HeaderId.Authority, target);
            return true;
        }

        if (target[0] == '*' && _limits.IsLenient && !method.SequenceEqual("OPTIONS"u8))
        {
            return Refuse(Http1Error.Url);
        }

        if (target[0] is (byte)'/' or (byte)'*')
        {
            headers.Add(HeaderId.Path, target);
            return true;
        }

        if (!_limits.AllowAbsoluteUrl)
        {
            headers.Add(HeaderId.Path, target);
            return true;
        }

        return TryReadAbsolute(target, headers);
    }

    /// <summary>Absolute form: scheme and authority are taken from it, whatever Host says (RFC 9112 §3.2.2).</summary>
    private bool TryReadAbsolute(ReadOnlySpan<byte> target, HeaderMap headers)
    {
        var scheme = target.IndexOf("://"u8);
        if (scheme <= 0 || target[..scheme].ContainsAnyExceptInRange((byte)'A', (byte)'z'))
        {
            return Refuse(Http1Error.Target);
        }

        var isHttps = Http1Bytes.EqualsIgnoreCase(target[..scheme], "https"u8);
        if (!isHttps && !Http1Bytes.EqualsIgnoreCase(target[..scheme], "http"u8))
        {
            return Refuse(Http1Error.Scheme);
        }

        if (!UrlParts.TryParse(target, out var url) || url.HostAndPort.Contains((byte)'*')
            || (url.HasUserInfo && !_limits.IsLenient))
        {
            return Refuse(Http1Error.Url);
        }

        if (url.Path.StartsWith("#"u8))
        {
            return Refuse(Http1Error.Target);
        }

        // User information goes no further (RFC 9110 §4.2.4).
        var host = url.HostAndPort[(url.HostAndPort.LastIndexOf((byte)'@') + 1)..];

        headers.Add(HeaderId.Scheme, isHttps ? "https"u8 : "http"u8);
        headers.Add(HeaderId.Authority, host);
        headers.Add(HeaderId.Path, url.Path.IsEmpty ? "/"u8 : url.Path);
        return true;
    }

    private bool TryReadHeader(ReadOnlySpan<byte> line, HeaderMap headers)
    {
        if (line[0] is (byte)' ' or (byte)'\t')
        {
            // Obsolete line folding may be refused (RFC 9112 §5.2).
            return Refuse(Http1Error.Syntax);
        }

        if (++_headerCount > _limits.HeaderCountMax)
        {
            return Refuse(Http1Error.TooManyHeaders);
        }

        var nameLength = Http1Bytes.LowerToken(line, headers.ReserveName(line.Length));
        var isNamed = nameLength > 0 && nameLength < line.Length && line[nameLength] == ':';
        var colon = isNamed ? nameLength : line.IndexOf((byte)':');
        if (colon <= 0)
        {
            return Refuse(Http1Error.Syntax);
        }

        var value = Http1Bytes.TrimOws(line[(colon + 1)..]);
        if (Http1Bytes.HasControl(value))
        {
            value = _limits.IsLenient && value.Contains((byte)'\r') ? WithoutReturns(value) : value;
            if (Http1Bytes.HasControl(value))
            {
                return Refuse(Http1Error.InvalidCharacters);
            }
        }

        if (!isNamed)
        {
            return Refuse(Http1Error.Syntax);
        }

        if (_limits.KeepsNames)
        {
            headers.KeepName(line[..nameLength]);
        }

        AddHeader(headers, nameLength, value);
        return true;
    }

    /// <summary>Adds the header whose lower-case name stands in the reserved space; joins those that are
    /// lists.</summary>
    private static void AddHeader(HeaderMap headers, int nameLength, ReadOnlySpan<byte> value)
    {
        var id = headers.FindReserved(nameLength);
        if (id == HeaderId.None)
        {
            headers.AddReserved(nameLength, value);
        }
        else if (id == HeaderId.Host)
        {
            AddHost(headers, value);
        }
        else if (headers.Contains(id) && id != HeaderId.Cookie && HeaderIds.IsInline(id, headers))
        {
            // A second Content-Length, even an equal one, is refused when the head is complete: joined they are no
            // number.
            headers.AppendValue(headers.IndexOf(id), value.IsEmpty ? ","u8 : value, ","u8);
        }
        else
        {
            headers.Add(id, value);
        }
    }

    private static void AddHost(HeaderMap headers, ReadOnlySpan<byte> value)
    {
        var index = headers.IndexOf(HeaderId.Authority);
        if (index < 0)
        {
            headers.Add(HeaderId.Authority, value);
        }
        else if (!headers.Contains(HeaderId.Scheme) && headers.Contains(HeaderId.Path))
        {
            // From another Host: joined, which matches no host. One from the request target stands as it is.
            headers.AppendValue(index, value, ","u8);
        }
    }

    private Http1Result FinishHead(HeaderMap headers)
    {
        _state = State.HeadDone;
        ReadConnection(headers);
        if (!TryReadFraming(headers, out var chunked))
        {
            return Http1Result.Invalid;
        }

        if (!(_isRequest ? TryFrameRequest(headers, chunked) : TryFrameResponse(chunked)))
        {
            return Http1Result.Invalid;
        }

        _remaining = ContentLength;
        _headBytes = 0;
        _state = Framing switch
        {
            Http1Framing.Length => State.Length,
            Http1Framing.Chunked => State.ChunkSize,
            Http1Framing.UntilClose => State.UntilClose,
            Http1Framing.Tunnel => State.Tunnel,
            _ => State.Done,
        };
        _chunkSizeDigits = 0;
        return Http1Result.HeadDone;
    }

    private bool TryReadFraming(HeaderMap headers, out bool chunked)
    {
        chunked = false;
        if (headers.TryGet(HeaderId.ContentLength, out var lengthText))
        {
            if (lengthText.ContainsAnyExceptInRange((byte)'0', (byte)'9')
                || !Utf8Parser.TryParse(lengthText, out ulong length, out var digits) || digits != lengthText.Length)
            {
                return Refuse(Http1Error.ContentLength);
            }

            // No connection lives to see more than 2^63 bytes.
            ContentLength = (long)Math.Min(length, long.MaxValue);
        }

        if (!headers.TryGet(HeaderId.TransferEncoding, out var coding))
        {
            return true;
        }

        if (!Http1Bytes.EqualsIgnoreCase(coding, "chunked"u8))
        {
            return Refuse(ContentLength >= 0 && _isRequest && _limits.IsLenient && !_limits.AllowChunkedLength
                ? Http1Error.ContentLengthAndChunked : Http1Error.TransferEncoding);
        }

        if (ContentLength >= 0)
        {
            if (!_limits.AllowChunkedLength)
            {
                return Refuse(Http1Error.ContentLengthAndChunked);
            }

            headers.Remove(HeaderId.ContentLength);
            ContentLength = -1;
        }

        chunked = true;
        return true;
    }

    private bool TryFrameRequest(HeaderMap headers, bool chunked)
    {
        if (headers.Get(HeaderId.Method).SequenceEqual("CONNECT"u8))
        {
            if (chunked)
            {
                return Refuse(Http1Error.TransferEncoding);
            }

            if (ContentLength > 0)
            {
                return Refuse(Http1Error.BodyDisallowed);
            }

            headers.Remove(HeaderId.ContentLength);
            Framing = Http1Framing.Tunnel;
            return true;
        }

        if (chunked && MinorVersion == 0)
        {
            return Refuse(Http1Error.TransferEncoding);
        }

        Framing = chunked ? Http1Framing.Chunked : ContentLength > 0 ? Http1Framing.Length : Http1Framing.None;
        return true;
    }

    private bool TryFrameResponse(bool chunked)
    {
        var noBody = StatusCode is < 200 or 204;
        if (noBody || (AnswersConnect && StatusCode < 300))
        {
            if (chunked)
            {
                return Refuse(Http1Error.TransferEncodingNotAllowed);
            }

            if (ContentLength > 0)
            {
                return Refuse(Http1Error.ContentLengthNotAllowed);
            }

            var tunnels = AnswersConnect ? StatusCode is >= 200 and < 300 : StatusCode == 101 && AnswersUpgrade;
            Framing = tunnels ? Http1Framing.Tunnel : Http1Framing.None;
            return true;
        }

        if (AnswersHead || StatusCode == 304)
        {
            Framing = Http1Framing.None;
        }
        else if (chunked)
        {
            Framing = Http1Framing.Chunked;
        }
        else if (ContentLength >= 0)
        {
            Framing = ContentLength > 0 ? Http1Framing.Length : Http1Framing.None;
        }
        else
        {
            Framing = Http1Framing.UntilClose;
            CloseAfter = true;
        }

        return true;
    }

    private void ReadConnection(HeaderMap headers)
    {
        CloseAfter = MinorVersion == 0;
        if (headers.TryGet(HeaderId.Connection, out var connection))
        {
            ReadConnectionTokens(connection, headers);
        }

        if (headers.TryGet(HeaderId.ProxyConnection, out var proxy) && Http1Bytes.EqualsIgnoreCase(proxy, "close"u8))
        {
            CloseAfter = true;
        }
    }

    private void ReadConnectionTokens(ReadOnlySpan<byte> connection, HeaderMap headers)
    {
        var close = false;
        while (!connection.IsEmpty)
        {
            var comma = connection.IndexOf((byte)',');
            var token = Http1Bytes.TrimOws(comma < 0 ? connection : connection[..comma]);
            connection = comma < 0 ? default : connection[(comma + 1)..];
            if (Http1Bytes.EqualsIgnoreCase(token, "close"u8))
            {
                close = true;
            }
            else if (Http1Bytes.EqualsIgnoreCase(token, "keep-alive"u8))
            {
                CloseAfter = false;
            }
            else if (Http1Bytes.EqualsIgnoreCase(token, "upgrade"u8))
            {
                HasUpgrade = headers.Get(HeaderId.Upgrade).Length > 0;
            }
        }

        CloseAfter |= close;
    }
}
