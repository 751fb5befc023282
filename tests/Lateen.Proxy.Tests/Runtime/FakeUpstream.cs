using Lateen.Net;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Tests.Runtime;

/// <summary>An upstream on the worker's own loop: each connection is a <see cref="RawPeer"/>; whole requests are
/// answered by a script when there is one.</summary>
internal sealed class FakeUpstream : IAcceptCallbacks, IDisposable
{
    private readonly ListenSocket _socket;

    public FakeUpstream(EventLoop loop)
    {
        _socket = new ListenSocket(loop, this, NetAddress.V4(0x7F000001, 0), SocketOptions.Default);
        _socket.Start();
    }

    public Address Address => NetAddresses.ToAddress(_socket.LocalAddress);

    public List<RawPeer> Peers { get; } = [];

    /// <summary>Answers to requests in order; the last one is repeated. A request ends with its head here.</summary>
    public List<string> Script { get; } = [];

    public List<string> Requests { get; } = [];

    public void OnAccept(Connection connection)
    {
        var peer = new RawPeer(connection) { WhenData = Answer };
        connection.SetCallbacks(peer);
        Peers.Add(peer);
    }

    public void Dispose() => _socket.Dispose();

    private void Answer(RawPeer peer)
    {
        var end = peer.Received.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0 || Script.Count == 0)
        {
            return;
        }

        Requests.Add(peer.Received[..(end + 4)]);
        peer.Forget();
        var answer = Script[Math.Min(Requests.Count, Script.Count) - 1];
        if (answer == "close")
        {
            peer.Connection!.Close(CloseType.NoFlush);
        }
        else if (answer.Length > 0)
        {
            peer.Send(answer);
        }
    }
}
