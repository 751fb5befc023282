namespace Lateen.Net;

/// <summary>Why a <see cref="Connection"/> ended.</summary>
public enum CloseReason
{
    /// <summary>This side closed it.</summary>
    Local,

    /// <summary>The peer ended it in order.</summary>
    Remote,

    /// <summary>The peer reset it, or it broke.</summary>
    RemoteReset,

    /// <summary>It could not be established; see <see cref="Connection.SocketError"/>.</summary>
    ConnectFailed,

    /// <summary>The TLS handshake failed or a record was bad; see <see cref="Connection.TransportFailure"/>.</summary>
    TlsFailed,
}
