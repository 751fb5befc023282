using Lateen.Http;
using Lateen.Net;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Runtime;

/// <summary>Who uses an upstream stream. After <see cref="OnUpstreamReset"/> or a complete response nothing more
/// comes.</summary>
internal interface IUpstreamCallbacks
{
    /// <summary>There is a connection: send the request's headers with it. May be called inside the request to the
    /// pool.</summary>
    void OnPoolReady(HttpClientStream stream);

    /// <summary>There will be none.</summary>
    void OnPoolFailure(UpstreamResetReason reason, byte[]? transportFailure);

    /// <summary>Where the response's headers are to be read into.</summary>
    HeaderMap ResponseHeaders { get; }

    HeaderMap ResponseTrailers { get; }

    /// <summary>A complete response does not end the request: bytes of a tunnel go each way on their own
    /// (HTTP/2).</summary>
    bool OutlivesResponse => false;

    /// <summary>A request whose response ends first is given up with an error, as calls of gRPC are.</summary>
    bool EndsWithError => false;

    /// <summary>A 1xx other than 101 has come.</summary>
    void OnInformational(int status);

    void OnResponseHeaders(int status, bool endStream);

    /// <summary>Take <paramref name="length"/> bytes from the front of the chain.</summary>
    void OnResponseData(BufferChain data, int length, bool endStream);

    void OnResponseTrailers();

    void OnUpstreamReset(UpstreamResetReason reason);

    void OnUpstreamAboveHighWatermark();

    void OnUpstreamBelowLowWatermark();
}
