namespace Lateen.Net;

/// <summary>What a step of a handshake came to.</summary>
internal enum TlsHandshakeResult
{
    /// <summary>The peer has to say something.</summary>
    NeedMore,

    /// <summary>Keys are agreed and the peer's certificate was accepted.</summary>
    Done,

    /// <summary>It failed; an alert may wait to be sent.</summary>
    Failed,
}
