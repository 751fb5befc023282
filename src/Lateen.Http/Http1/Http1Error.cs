namespace Lateen.Http.Http1;

/// <summary>What is wrong with a message. The words of each, as response code details, stand in
/// <see cref="Http1Errors"/>.</summary>
public enum Http1Error : byte
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The bytes do not follow the grammar (<c>http1.codec_error</c>).</summary>
    Syntax,

    /// <summary>A method that is not known.</summary>
    Method,

    /// <summary>A version other than 1.0 and 1.1.</summary>
    Version,

    /// <summary>A request target that is neither a path nor an absolute URL nor, with CONNECT, an authority.</summary>
    Target,

    /// <summary>An absolute URL that is none (<c>http1.invalid_url</c>).</summary>
    Url,

    /// <summary>An absolute URL of another scheme than http and https (<c>http1.invalid_scheme</c>).</summary>
    Scheme,

    /// <summary>A control character in a value (<c>http1.invalid_characters</c>).</summary>
    InvalidCharacters,

    /// <summary>More header bytes than allowed (431).</summary>
    HeadersTooLarge,

    /// <summary>More headers than allowed (431).</summary>
    TooManyHeaders,

    /// <summary>Content-Length that is no number, too large, or given twice.</summary>
    ContentLength,

    /// <summary>Content-Length together with Transfer-Encoding.</summary>
    ContentLengthAndChunked,

    /// <summary>A transfer coding other than chunked (501).</summary>
    TransferEncoding,

    /// <summary>A chunk's size or line ends are wrong.</summary>
    Chunk,

    /// <summary>A body where there may be none, such as with CONNECT.</summary>
    BodyDisallowed,

    /// <summary>A response framed by Transfer-Encoding where that is forbidden (1xx, 204, CONNECT).</summary>
    TransferEncodingNotAllowed,

    /// <summary>A response with a length where that is forbidden (1xx, 204, CONNECT).</summary>
    ContentLengthNotAllowed,
}
