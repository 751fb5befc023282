using Lateen.Http;
using Lateen.Http.Http2;
using Lateen.Net;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <summary>A request on an HTTP/2 connection to a host. Reused by its connection.</summary>
internal sealed class Http2ClientStream : HttpClientStream
{
    private readonly Http2ClientConnection _connection;

    internal Http2ClientStream(Http2ClientConnection connection, BufferPool buffers)
    {
        _connection = connection;
        Pending = new BufferChain(buffers);
    }

    internal override Host Host => _connection.Host;

    internal override Connection Transport => _connection.Transport;

    internal override (long Begun, long Connected, long Handshake) ConnectTimes => _connection.ConnectTimes;

    internal override ulong ConnectionId => _connection.ConnectionId;

    internal override TlsConnectionInfo? TlsInfo => _connection.TlsInfo;

    internal override HttpProtocol Protocol => HttpProtocol.Http2;

    internal Http2Stream Frames { get; private set; } = null!;

    /// <summary>Null once the stream is over.</summary>
    internal IUpstreamCallbacks? User { get; set; }

    internal CircuitBreakers Breakers { get; private set; } = null!;

    /// <summary>Body bytes that wait for a window or for room in the output.</summary>
    internal BufferChain Pending { get; }

    internal bool EndPending { get; set; }

    /// <summary>Follow the pending bytes.</summary>
    internal HeaderMap? TrailersPending { get; set; }

    /// <summary>The request asks for an upgrade, sent as extended CONNECT.</summary>
    internal byte[]? UpgradeType { get; set; }

    internal bool IsReadPaused { get; set; }

    internal int Withheld { get; set; }

    internal bool IsAboveHighWatermark { get; set; }

    internal bool IsConnectionFull { get; set; }

    internal int Index { get; set; }

    internal bool HasPending => EndPending || TrailersPending is not null || !Pending.IsEmpty;

    internal void Begin(IUpstreamCallbacks user, CircuitBreakers breakers, Http2Stream frames)
    {
        ResetByteCounts();
        User = user;
        Breakers = breakers;
        Frames = frames;
        EndPending = false;
        TrailersPending = null;
        UpgradeType = null;
        IsReadPaused = false;
        Withheld = 0;
        IsAboveHighWatermark = false;
        IsConnectionFull = false;
    }

    internal void CountSent(long bytes, bool isHeader)
    {
        WireBytesSent += bytes;
        HeaderBytesSent += isHeader ? bytes : 0;
    }

    internal void CountReceived(long bytes, bool isHeader)
    {
        WireBytesReceived += bytes;
        HeaderBytesReceived += isHeader ? bytes : 0;
    }

    internal void CountDecompressed(HeaderMap headers, bool isSent)
    {
        if (!Streams.StreamInfo.CountsDecompressed)
        {
            return;
        }

        DecompressedSent += isSent ? headers.ByteSize : 0;
        DecompressedReceived += isSent ? 0 : headers.ByteSize;
    }

    internal override void EncodeHeaders(HeaderMap headers, bool endStream) =>
        _connection.EncodeHeaders(this, headers, endStream);

    internal override void EncodeData(BufferChain data, int length, bool endStream) =>
        _connection.EncodeData(this, data, length, endStream);

    internal override void EncodeTrailers(HeaderMap trailers) => _connection.EncodeTrailers(this, trailers);

    internal override void Reset() => _connection.Reset(this);

    internal override void ReadDisable(bool disable) => _connection.ReadDisable(this, disable);
}
