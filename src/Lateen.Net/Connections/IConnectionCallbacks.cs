namespace Lateen.Net;

/// <summary>
/// What a <see cref="Connection"/> tells its owner, on the loop's thread. The owner may close the connection in any of
/// these calls; <see cref="OnClosed"/> is the last one and comes exactly once.
/// </summary>
public interface IConnectionCallbacks
{
    /// <summary>Connected and, with TLS, the handshake done: bytes may flow.</summary>
    void OnConnected(Connection connection);

    /// <summary>New bytes are in <see cref="Connection.Input"/>; what is left there stays.</summary>
    void OnData(Connection connection);

    /// <summary>The peer sends no more (FIN, or close_notify); everything before is in the input.</summary>
    void OnEndOfStream(Connection connection);

    /// <summary>The output is above its high watermark: stop producing.</summary>
    void OnAboveHighWatermark(Connection connection);

    /// <summary>The output has drained below its low watermark.</summary>
    void OnBelowLowWatermark(Connection connection);

    /// <summary>The time of <see cref="Connection.StartTimer"/> is over.</summary>
    void OnTimer(Connection connection)
    {
    }

    /// <summary>It is over; the descriptor is closed.</summary>
    void OnClosed(Connection connection, CloseReason reason);
}
