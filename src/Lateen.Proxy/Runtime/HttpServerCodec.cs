using Lateen.Http;
using Lateen.Net;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <summary>The downstream side of streams: what a stream asks of the connection that it came on, whatever the
/// protocol.</summary>
internal abstract class HttpServerCodec : TerminalFilter
{
    internal abstract DownstreamConnection Owner { get; }

    internal abstract HttpProtocol Protocol { get; }

    /// <summary>Begins on a connection that has been counted already.</summary>
    internal abstract void StartCodec();

    /// <summary>Sends a 1xx response; the final one is still to come.</summary>
    internal abstract void EncodeInformational(HttpStream stream, HeaderMap headers);

    internal abstract void EncodeHeaders(HttpStream stream, HeaderMap headers, bool endStream);

    /// <summary>Takes <paramref name="length"/> bytes from the front of a chain.</summary>
    internal abstract void EncodeData(HttpStream stream, BufferChain data, int length, bool endStream);

    internal abstract void EncodeTrailers(HttpStream stream, HeaderMap trailers);

    /// <summary>The response cannot be completed.</summary>
    internal abstract void ResetStream(HttpStream stream);

    /// <summary>One reason more or less not to read the request's body.</summary>
    internal abstract void ReadDisable(HttpStream stream, bool disable);

    /// <summary>The connection closes when the present response has been sent.</summary>
    internal abstract void CloseAfterResponse();

    /// <summary>The request is refused as the codec's own errors are: its stream counts as reset.</summary>
    internal virtual void CountReset()
    {
    }

    /// <summary>The response is complete (or reset): the stream may be given back once the request is too.</summary>
    internal abstract void OnResponseDone(HttpStream stream);
}
