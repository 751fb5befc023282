namespace Lateen.Proxy.Runtime;

/// <summary>What the HTTP/1 codec has added to a response, so that its end is seen.</summary>
internal enum ResponseFraming : byte
{
    /// <summary>Nothing: it has a length, or needs none.</summary>
    AsIs,

    /// <summary><c>content-length: 0</c>.</summary>
    NoLength,

    /// <summary><c>transfer-encoding: chunked</c>.</summary>
    Chunked,

    /// <summary>The end of the connection.</summary>
    UntilClose,
}
