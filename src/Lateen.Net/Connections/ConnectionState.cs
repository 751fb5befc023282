namespace Lateen.Net;

/// <summary>Where a <see cref="Connection"/> stands.</summary>
public enum ConnectionState : byte
{
    /// <summary>TCP connect under way.</summary>
    Connecting,

    /// <summary>TLS handshake under way.</summary>
    Handshaking,

    /// <summary>Bytes flow.</summary>
    Open,

    /// <summary>Waits for its output to leave, or for the peer's FIN after that.</summary>
    Closing,

    /// <summary>Over.</summary>
    Closed,
}
