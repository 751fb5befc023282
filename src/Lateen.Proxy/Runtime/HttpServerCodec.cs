using Lateen.Http;
using Lateen.Net;
using Lateen.Proxy.Http;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <summary>The downstream side of streams: what a stream asks of the connection that it came on, whatever the
/// protocol.</summary>
internal abstract class HttpServerCodec : TerminalFilter
{
    /// <summary>Bytes have come: from then on it counts as made.</summary>
    internal bool HasDispatched { get; set; }

    internal abstract DownstreamConnection Owner { get; }

    internal abstract HttpProtocol Protocol { get; }

    internal abstract HttpConnectionManagerConfig Config { get; }

    /// <summary>Begins on a connection that has been counted already.</summary>
    internal abstract void StartCodec();

    /// <summary>What has come is not looked at: the request is refused, or cut off.</summary>
    internal abstract void AbortDispatch();

    /// <summary>The connection is to end with what is under way.</summary>
    internal abstract void DrainSoon();

    /// <summary>The connection ends, and what is under way with it.</summary>
    internal abstract void ForceGoAway();

    /// <summary>The codec was not to be made: it has not been counted.</summary>
    internal abstract void Uncount();

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

    /// <summary>False when the overload manager has had what came refused.</summary>
    protected bool MayDispatch()
    {
        if (!Owner.Worker.Overload.ShedsSomewhere)
        {
            HasDispatched = true;
            return true;
        }

        return OverloadGate.CheckDispatch(this);
    }

    /// <summary>The response is complete (or reset): the stream may be given back once the request is too.</summary>
    internal abstract void OnResponseDone(HttpStream stream);
}
