using Lateen.Net;

namespace Lateen.Proxy.Runtime;

/// <summary>Who moves bytes to and from a <see cref="TcpUpstream"/>.</summary>
internal interface ITcpUpstreamUser
{
    void OnUpstreamConnected();

    /// <summary>There is no connection; with a reason as text, if there is one.</summary>
    void OnUpstreamFailed(bool isLocal, byte[]? transportFailure);

    /// <summary>Take <paramref name="length"/> bytes from the front of the chain.</summary>
    void OnUpstreamData(BufferChain data, int length);

    void OnUpstreamEnd();

    /// <summary>It was connected and is over.</summary>
    void OnUpstreamClosed(CloseReason reason);

    void OnUpstreamAboveHighWatermark();

    void OnUpstreamBelowLowWatermark();
}
