using System.Text;
using Lateen.Net;

namespace Lateen.Proxy.Tests.Runtime;

/// <summary>One end of a connection: keeps what came as text and sends what the test says.</summary>
internal sealed class RawPeer : IConnectionCallbacks
{
    private readonly StringBuilder _received = new();

    public RawPeer(Connection? connection = null)
    {
        Connection = connection;
    }

    public Connection? Connection { get; set; }

    public string Received => _received.ToString();

    public bool Ended { get; private set; }

    public CloseReason? Closed { get; private set; }

    public bool IsOver => Ended || Closed is not null;

    /// <summary>Called with each piece that comes.</summary>
    public Action<RawPeer>? WhenData { get; set; }

    public void Send(string text)
    {
        Connection!.Output.Append(Encoding.Latin1.GetBytes(text));
        Connection.Send();
    }

    public void Forget() => _received.Clear();

    public void OnConnected(Connection connection)
    {
    }

    public void OnData(Connection connection)
    {
        var bytes = new byte[connection.Input.Length];
        connection.Input.CopyTo(bytes);
        connection.Input.Consume(bytes.Length);
        _received.Append(Encoding.Latin1.GetString(bytes));
        WhenData?.Invoke(this);
    }

    public void OnEndOfStream(Connection connection) => Ended = true;

    public void OnAboveHighWatermark(Connection connection)
    {
    }

    public void OnBelowLowWatermark(Connection connection)
    {
    }

    public void OnClosed(Connection connection, CloseReason reason) => Closed = reason;
}
