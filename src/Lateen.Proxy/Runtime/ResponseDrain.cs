using Lateen.Http;
using Lateen.Net;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Runtime;

/// <summary>Takes the rest of a response whose client has gone, at most <paramref name="bytesMax"/> of body.</summary>
internal sealed class ResponseDrain(HttpClientStream stream, int bytesMax) : IUpstreamCallbacks
{
    private int _bytesLeft = bytesMax;

    public HeaderMap ResponseHeaders { get; } = new();

    public HeaderMap ResponseTrailers { get; } = new();

    public void OnPoolReady(HttpClientStream stream)
    {
    }

    public void OnPoolFailure(UpstreamResetReason reason, byte[]? transportFailure)
    {
    }

    public void OnInformational(int status)
    {
    }

    public void OnResponseHeaders(int status, bool endStream)
    {
    }

    public void OnResponseData(BufferChain data, int length, bool endStream)
    {
        data.Consume(length);
        _bytesLeft -= length;
        if (_bytesLeft < 0)
        {
            stream.Reset();
        }
    }

    public void OnResponseTrailers()
    {
    }

    public void OnUpstreamReset(UpstreamResetReason reason)
    {
    }

    public void OnUpstreamAboveHighWatermark()
    {
    }

    public void OnUpstreamBelowLowWatermark()
    {
    }
}
