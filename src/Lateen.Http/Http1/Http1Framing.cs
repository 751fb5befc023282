namespace Lateen.Http.Http1;

/// <summary>How the end of a body is found (RFC 9112 §6.3).</summary>
public enum Http1Framing : byte
{
    /// <summary>There is no body.</summary>
    None,

    /// <summary>Content-Length.</summary>
    Length,

    /// <summary>Chunked transfer coding.</summary>
    Chunked,

    /// <summary>All until the connection closes (responses).</summary>
    UntilClose,

    /// <summary>After an upgrade or CONNECT: the rest of the connection is not HTTP/1.</summary>
    Tunnel,
}
