namespace Lateen.Http.Http1;

/// <summary>Limits of one message's head (and trailers).</summary>
public sealed record Http1Limits
{
    /// <summary>Envoy's defaults.</summary>
    public static Http1Limits Default { get; } = new();

    /// <summary>Bytes of start line and headers. Default 60 KiB (<c>max_request_headers_kb</c>).</summary>
    public int HeaderBytesMax { get; init; } = 60 * 1024;

    /// <summary>Number of headers. Default 100 (<c>max_headers_count</c>).</summary>
    public int HeaderCountMax { get; init; } = 100;

    /// <summary>Take any token as a method (<c>allow_custom_methods</c>). Default off.</summary>
    public bool AllowCustomMethods { get; init; }

    /// <summary>With Transfer-Encoding chunked a Content-Length is dropped rather than refused
    /// (<c>allow_chunked_length</c>). Default off.</summary>
    public bool AllowChunkedLength { get; init; }

    /// <summary>
    /// Take what Envoy's parser takes although the grammar does not have it: bare LF line ends, several spaces or tabs
    /// in a start line, a lone CR in a value (dropped), folded lines, spaces around chunk extensions, a status of four
    /// digits. What is passed on is always written anew, in one way. Default off.
    /// </summary>
    public bool IsLenient { get; init; }

    /// <summary>Read an absolute URL in the request line as scheme, authority and path. Default on.</summary>
    public bool AllowAbsoluteUrl { get; init; } = true;

    /// <summary>Keep the names of headers as they were written, beside their lower-case form
    /// (<c>preserve_case</c>). Default off.</summary>
    public bool KeepsNames { get; init; }
}
