namespace Lateen.Net;

/// <summary>How to close a connection; Envoy's kinds.</summary>
public enum CloseType
{
    /// <summary>At once; output that was not sent is lost.</summary>
    NoFlush,

    /// <summary>After the output has been sent.</summary>
    FlushWrite,

    /// <summary>After the output has been sent, a FIN, and then the peer's FIN or the delay, so that the last bytes are
    /// not lost to a reset.</summary>
    FlushWriteAndDelay,

    /// <summary>At once with a reset.</summary>
    AbortReset,
}
