namespace Lateen.Net.Tests;

/// <summary>Keeps what a connection told; echoes when asked to.</summary>
internal sealed class FakePeer : IConnectionCallbacks, IAcceptCallbacks
{
    public Connection? Connection { get; set; }

    public List<byte> Received { get; } = [];

    public bool Echo { get; init; }

    public bool Connected { get; private set; }

    public bool Ended { get; private set; }

    public int TimerCount { get; private set; }

    public CloseReason? Closed { get; private set; }

    public TlsContext? ServerTls { get; init; }

    public Action<Connection>? WhenConnected { get; init; }

    public void OnAccept(Connection connection)
    {
        Connection = connection;
        connection.SetCallbacks(this);
        if (ServerTls is not null)
        {
            connection.StartTls(ServerTls.CreateSession(connection.Loop));
        }
    }

    public void OnConnected(Connection connection)
    {
        Connected = true;
        WhenConnected?.Invoke(connection);
    }

    public void OnData(Connection connection)
    {
        if (Echo)
        {
            connection.Input.MoveTo(connection.Output, connection.Input.Length);
            connection.Send();
            return;
        }

        var bytes = new byte[connection.Input.Length];
        connection.Input.CopyTo(bytes);
        connection.Input.Consume(bytes.Length);
        Received.AddRange(bytes);
    }

    public void OnEndOfStream(Connection connection)
    {
        Ended = true;
        if (Echo)
        {
            connection.EndWrite();
        }
    }

    public void OnAboveHighWatermark(Connection connection)
    {
        if (Echo)
        {
            connection.ReadDisable(true);
        }
    }

    public void OnBelowLowWatermark(Connection connection)
    {
        if (Echo)
        {
            connection.ReadDisable(false);
        }
    }

    public void OnTimer(Connection connection) => TimerCount++;

    public void OnClosed(Connection connection, CloseReason reason) => Closed = reason;
}
