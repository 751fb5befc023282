using Lateen.Net;
using Lateen.Proxy.Http;

namespace Lateen.Proxy.Runtime;

/// <summary>The last network filter of a chain: it owns the bytes of the downstream connection.</summary>
internal abstract class TerminalFilter
{
    /// <summary>The connection is ready (TLS done); bytes may be in its input already.</summary>
    internal abstract void Start();

    /// <summary>False while bytes are better left where they are: filters before see none either.</summary>
    internal virtual bool AcceptsData => true;

    /// <summary>The time of the connection's own timer is over; HTTP codecs use it for the idle timeout.</summary>
    internal virtual void OnTimer()
    {
    }

    /// <summary>So many bytes have come, whatever filters before make of them.</summary>
    internal virtual void OnReceived(int length)
    {
    }

    internal abstract void OnData();

    internal abstract void OnEndOfStream();

    internal abstract void OnClosed(CloseReason reason);

    internal virtual void OnAboveHighWatermark()
    {
    }

    internal virtual void OnBelowLowWatermark()
    {
    }

    /// <summary>
    /// End the connection as soon as it does no harm. HTTP/1 does so with its next response, and does nothing now: on a
    /// connection that rests, the peer may be sending a request at this moment, which would be lost.
    /// </summary>
    internal virtual void OnDrain()
    {
    }

    internal static TerminalFilter Build(DownstreamConnection downstream, HttpConnectionManagerConfig manager) =>
        manager.Codec switch
        {
            CodecType.Http1 => new Http1ServerConnection(downstream, manager),
            CodecType.Http2 => new Http2ServerConnection(downstream, manager),
            _ => new AutoServerConnection(downstream, manager),
        };
}
