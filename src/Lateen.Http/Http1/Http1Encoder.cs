using System.Buffers.Text;

namespace Lateen.Http.Http1;

/// <summary>
/// Writes heads and chunk frames. Framing headers are the caller's: it says in the header map what the message shall
/// carry.
/// </summary>
public static class Http1Encoder
{
    /// <summary>Longest frame in front of a chunk's data: 8 digits and CRLF.</summary>
    public const int ChunkHeadBytesMax = 10;

    /// <summary>CRLF behind each chunk's data.</summary>
    public static ReadOnlySpan<byte> ChunkEnd => "\r\n"u8;

    /// <summary>The last chunk without trailers.</summary>
    public static ReadOnlySpan<byte> LastChunk => "0\r\n\r\n"u8;

    /// <summary>Room that a head surely fits in.</summary>
    public static int HeadBytesMax(HeaderMap headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        return headers.LineBytesMax + 128;
    }

    /// <summary>Writes <c>METHOD path HTTP/1.1</c> and the headers. Returns the number of bytes.</summary>
    public static int WriteRequest(
        HeaderMap headers, Span<byte> target, HeaderCase headerCase = HeaderCase.Lower, bool fullUrl = false)
    {
        ArgumentNullException.ThrowIfNull(headers);
        var at = Put(target, 0, headers.Get(HeaderId.Method));
        target[at++] = (byte)' ';
        var path = headers.Get(HeaderId.Path);
        if (fullUrl && !path.IsEmpty)
        {
            at = Put(target, at, headers.TryGet(HeaderId.Scheme, out var scheme) ? scheme : "http"u8);
            at = Put(target, at, "://"u8);
            at = Put(target, at, headers.Get(HeaderId.Authority));
        }

        at = Put(target, at, path.IsEmpty ? headers.Get(HeaderId.Authority) : path);
        at = Put(target, at, " HTTP/1.1\r\n"u8);
        if (headers.TryGet(HeaderId.Authority, out var authority))
        {
            at = Put(target, at, headerCase switch
            {
                HeaderCase.Proper => "Host"u8,
                HeaderCase.Preserve or HeaderCase.PreserveOrProper => headers.WrittenName("host"u8, 0),
                _ => "host"u8,
            });
            at = Put(target, at, ": "u8);
            at = Put(target, at, authority);
            at = Put(target, at, "\r\n"u8);
        }

        return WriteHeaders(headers, target, at, headerCase);
    }

    /// <summary>Writes <c>HTTP/1.1 status reason</c> and the headers. Returns the number of bytes.</summary>
    public static int WriteResponse(
        HeaderMap headers, Span<byte> target, HeaderCase headerCase = HeaderCase.Lower, bool isHttp10 = false)
    {
        ArgumentNullException.ThrowIfNull(headers);
        var status = headers.Get(HeaderId.Status);
        if (status.SequenceEqual("200"u8) && !isHttp10)
        {
            return WriteHeaders(headers, target, Put(target, 0, "HTTP/1.1 200 OK\r\n"u8), headerCase);
        }

        var at = Put(target, 0, isHttp10 ? "HTTP/1.0 "u8 : "HTTP/1.1 "u8);
        at = Put(target, at, status);
        target[at++] = (byte)' ';
        _ = Utf8Parser.TryParse(status, out int code, out _);
        at = Put(target, at, ReasonPhrases.Get(code));
        return WriteHeaders(headers, target, Put(target, at, "\r\n"u8), headerCase);
    }

    /// <summary>Writes the frame in front of <paramref name="length"/> bytes of data. Returns the number of
    /// bytes.</summary>
    public static int WriteChunkHead(int length, Span<byte> target)
    {
        Utf8Formatter.TryFormat((uint)length, target, out var written, 'x');
        return Put(target, written, "\r\n"u8);
    }

    /// <summary>Writes the last chunk with trailers. Returns the number of bytes.</summary>
    public static int WriteTrailers(HeaderMap trailers, Span<byte> target) =>
        WriteHeaders(trailers, target, Put(target, 0, "0\r\n"u8), HeaderCase.Lower);

    private static int WriteHeaders(HeaderMap headers, Span<byte> target, int at, HeaderCase headerCase)
    {
        at = headerCase == HeaderCase.Lower ? at + headers.WriteLines(target[at..])
            : WriteNamedLines(headers, target, at, headerCase);
        target[at++] = (byte)'\r';
        target[at++] = (byte)'\n';
        return at;
    }

    private static int WriteNamedLines(HeaderMap headers, Span<byte> target, int at, HeaderCase headerCase)
    {
        for (var i = 0; i < headers.Count; i++)
        {
            if (HeaderIds.IsPseudo(headers.GetId(i)))
            {
                continue;
            }

            var name = headers.GetName(i);
            if (headerCase != HeaderCase.Proper && headers.TryGetWrittenName(i, out var written))
            {
                written.CopyTo(target[at..]);
            }
            else if (headerCase == HeaderCase.Preserve)
            {
                name.CopyTo(target[at..]);
            }
            else
            {
                WriteProper(name, target[at..]);
            }

            at += name.Length;
            target[at++] = (byte)':';
            target[at++] = (byte)' ';
            var value = headers.GetValue(i);
            value.CopyTo(target[at..]);
            at += value.Length;
            target[at++] = (byte)'\r';
            target[at++] = (byte)'\n';
        }

        return at;
    }

    private static void WriteProper(ReadOnlySpan<byte> name, Span<byte> target)
    {
        var upper = true;
        for (var i = 0; i < name.Length; i++)
        {
            var c = name[i];
            target[i] = upper && c is >= (byte)'a' and <= (byte)'z' ? (byte)(c - 32) : c;
            upper = c is not ((>= (byte)'a' and <= (byte)'z') or (>= (byte)'0' and <= (byte)'9'));
        }
    }

    private static int Put(Span<byte> target, int at, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(target[at..]);
        return at + bytes.Length;
    }
}
