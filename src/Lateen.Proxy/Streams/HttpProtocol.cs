namespace Lateen.Proxy.Streams;

/// <summary>Protocol of a message, as in <c>%PROTOCOL%</c>.</summary>
internal enum HttpProtocol : byte
{
    /// <summary>Not HTTP, or not known yet.</summary>
    None,
    Http10,
    Http11,
    Http2,
}
