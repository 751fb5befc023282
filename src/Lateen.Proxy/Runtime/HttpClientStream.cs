using Lateen.Http;
using Lateen.Net;
using Lateen.Proxy.Clusters;

namespace Lateen.Proxy.Runtime;

/// <summary>The upstream side of a request on some connection, whatever the protocol.</summary>
internal abstract class HttpClientStream
{
    /// <summary>Bytes of this request and response on the connection, with framing.</summary>
    internal long WireBytesSent { get; private protected set; }

    internal long WireBytesReceived { get; private protected set; }

    /// <summary>Of those, header lines (HTTP/1) or header frames (HTTP/2).</summary>
    internal long HeaderBytesSent { get; private protected set; }

    internal long HeaderBytesReceived { get; private protected set; }

    /// <summary>Names and values before HPACK, while logs tell them; HTTP/2 only.</summary>
    internal long DecompressedSent { get; private protected set; }

    internal long DecompressedReceived { get; private protected set; }

    /// <summary>When the connection was begun, was there, and had its handshake behind it; zero: unknown.</summary>
    internal virtual (long Begun, long Connected, long Handshake) ConnectTimes => default;

    internal abstract Host Host { get; }

    /// <summary>The connection that carries it, for addresses and TLS facts.</summary>
    internal abstract Connection Transport { get; }

    internal abstract ulong ConnectionId { get; }

    internal abstract Streams.TlsConnectionInfo? TlsInfo { get; }

    internal abstract Streams.HttpProtocol Protocol { get; }

    internal abstract void EncodeHeaders(HeaderMap headers, bool endStream);

    /// <summary>Takes <paramref name="length"/> bytes from the front of a chain.</summary>
    internal abstract void EncodeData(BufferChain data, int length, bool endStream);

    internal abstract void EncodeTrailers(HeaderMap trailers);

    /// <summary>The rest of the response is not wanted. No call-back follows.</summary>
    internal abstract void Reset();

    /// <summary>The client has gone, so nobody waits for the response. As <see cref="Reset"/>, but a connection that
    /// was dear to make may be kept.</summary>
    internal virtual void Leave() => Reset();

    private protected void ResetByteCounts() =>
        WireBytesSent = WireBytesReceived = HeaderBytesSent = HeaderBytesReceived =
            DecompressedSent = DecompressedReceived = 0;

    /// <summary>One reason more or less not to read the response.</summary>
    internal abstract void ReadDisable(bool disable);
}
