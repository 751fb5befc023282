namespace Lateen.Http.Http1;

/// <summary>Status and response code details of an <see cref="Http1Error"/>, as Envoy gives them.</summary>
public static class Http1Errors
{
    /// <summary>The status that answers a request with this error.</summary>
    public static int StatusOf(Http1Error error) => error switch
    {
        Http1Error.HeadersTooLarge or Http1Error.TooManyHeaders => 431,
        Http1Error.TransferEncoding => 501,
        Http1Error.Version => 426,
        _ => 400,
    };

    /// <summary>The details for logs.</summary>
    public static ReadOnlySpan<byte> DetailsOf(Http1Error error) => error switch
    {
        Http1Error.Version => "low_version"u8,
        Http1Error.Url => "http1.invalid_url"u8,
        Http1Error.Scheme => "http1.invalid_scheme"u8,
        Http1Error.InvalidCharacters => "http1.invalid_characters"u8,
        Http1Error.HeadersTooLarge => "http1.headers_too_large"u8,
        Http1Error.TooManyHeaders => "http1.too_many_headers"u8,
        Http1Error.ContentLengthAndChunked => "http1.content_length_and_chunked_not_allowed"u8,
        Http1Error.TransferEncoding => "http1.invalid_transfer_encoding"u8,
        Http1Error.BodyDisallowed => "http1.body_disallowed"u8,
        Http1Error.TransferEncodingNotAllowed => "http1.transfer_encoding_not_allowed"u8,
        Http1Error.ContentLengthNotAllowed => "http1.content_length_not_allowed"u8,
        _ => "http1.codec_error"u8,
    };
}
