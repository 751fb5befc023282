using Lateen.Http.Http2;
using Lateen.Net;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Tests.Runtime;

/// <summary>An HTTP/2 upstream on the worker's own loop; each connection is an <see cref="Http2Peer"/>.</summary>
internal sealed class FakeHttp2Upstream : IAcceptCallbacks, IDisposable
{
    private readonly ListenSocket _socket;

    public FakeHttp2Upstream(EventLoop loop)
    {
        _socket = new ListenSocket(loop, this, NetAddress.V4(0x7F000001, 0), SocketOptions.Default);
        _socket.Start();
    }

    public Address Address => NetAddresses.ToAddress(_socket.LocalAddress);

    public List<Http2Peer> Peers { get; } = [];

    public Http2Limits Limits { get; set; } = Http2Limits.Default;

    /// <summary>What is done with a complete request; nothing when null.</summary>
    public Action<Http2Peer, Http2Stream>? WhenRequest { get; set; }

    public void OnAccept(Connection connection)
    {
        var peer = new Http2Peer(true, Limits) { WhenRequest = WhenRequest };
        Peers.Add(peer);
        peer.Begin(connection);
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>Answers 200 with a short body and trailers.</summary>
    public static void Answer(Http2Peer peer, Http2Stream stream)
    {
        peer.SendHeaders(stream, false, ":status: 200", "x-up: a");
        peer.SendData(stream, "ok"u8, false);
        peer.SendHeaders(stream, true, "grpc-status: 0");
    }
}
