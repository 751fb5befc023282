using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Lateen.Net;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Tests.Runtime;

/// <summary>An upstream on the worker's own loop: each connection is a <see cref="RawPeer"/>; whole requests are
/// answered by a script when there is one.</summary>
internal sealed class FakeUpstream : IAcceptCallbacks, IDisposable
{
    private static readonly DateTimeOffset CertificateStart = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ListenSocket _socket;
    private readonly TlsContext? _tls;

    public FakeUpstream(EventLoop loop, bool tls = false)
    {
        var options = new TlsContextOptions
        {
            Clock = TimeProvider.System,
            IsServer = true,
            Certificates = tls ? [SelfSigned()] : [],
        };
        _tls = tls ? new TlsContext(options) : null;
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
        if (_tls is not null)
        {
            connection.StartTls(_tls.CreateSession(connection.Loop));
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        _tls?.Dispose();
    }

    private static TlsKeyPair SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=upstream", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(CertificateStart, CertificateStart.AddYears(50));
        return new TlsKeyPair(
            Encoding.ASCII.GetBytes(certificate.ExportCertificatePem()),
            Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()));
    }

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
