namespace Lateen.Net;

/// <summary>Looks at a connection's payload where it meets the transport socket, without changing it. Thread: the
/// loop's.</summary>
public interface IConnectionTap
{
    /// <summary>The last <paramref name="length"/> bytes of the input have just come.</summary>
    void OnRead(BufferChain input, int length);

    /// <summary>The output is about to be sent, as much of it as the peer takes.</summary>
    /// <param name="output">What waits, not empty.</param>
    /// <param name="isEnd">The end of the stream follows.</param>
    void OnSending(BufferChain output, bool isEnd);

    /// <summary>The first <paramref name="length"/> bytes of what waited have left; at least one.</summary>
    void OnSent(int length);

    /// <summary>The connection is over.</summary>
    void OnClosed(Connection connection);
}
