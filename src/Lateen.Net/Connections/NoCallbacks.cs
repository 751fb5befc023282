namespace Lateen.Net;

/// <summary>The owner of a connection that has none yet.</summary>
internal sealed class NoCallbacks : IConnectionCallbacks
{
    internal static NoCallbacks Instance { get; } = new();

    public void OnConnected(Connection connection)
    {
    }

    public void OnData(Connection connection)
    {
    }

    public void OnEndOfStream(Connection connection)
    {
    }

    public void OnAboveHighWatermark(Connection connection)
    {
    }

    public void OnBelowLowWatermark(Connection connection)
    {
    }

    public void OnClosed(Connection connection, CloseReason reason)
    {
    }
}
