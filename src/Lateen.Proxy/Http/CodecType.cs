namespace Lateen.Proxy.Http;

/// <summary>Which codec a connection manager uses.</summary>
internal enum CodecType : byte
{
    Auto,
    Http1,
    Http2,
}
