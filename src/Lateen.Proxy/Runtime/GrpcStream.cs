using System.Text;
using Google.Protobuf;
using Lateen.Grpc;
using Lateen.Http;
using Lateen.Net;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Tracing;

namespace Lateen.Proxy.Runtime;

/// <summary>
/// A gRPC call of the proxy itself with messages both ways, over its own clusters, TLS and HTTP/2: discovery, external
/// processing, access logs, metrics, load reports. One worker's. After <see cref="IGrpcStreamUser.OnClosed"/>, or after
/// <see cref="Reset"/>, nothing more comes.
/// </summary>
/// <remarks>1. The owner fills <see cref="Request"/>. 2. <see cref="Connect"/>, or the first message, takes a host's
/// pool. 3. Messages go out as the connection takes them; what waits is <see cref="WaitingBytes"/>. 4. Answers are read
/// frame by frame. 5. Trailers, a broken stream or a message over the limit end the call.</remarks>
internal sealed class GrpcStream : IUpstreamCallbacks
{
    /// <summary>Bytes of one message that may come, unless another limit is given; longer ones end the call.</summary>
    public const int MessageBytesDefault = 4 * 1024 * 1024;

    private const string ViaUpstream = "via_upstream";

    private readonly Worker _worker;
    private readonly Cluster _cluster;
    private readonly IGrpcStreamUser _user;
    private readonly PendingStream _pending;
    private readonly BufferChain _output;
    private readonly GrpcFrameReader _frames;
    private HttpClientStream? _upstream;
    private bool _isOver;
    private bool _endWanted;
    private bool _resetWanted;
    private bool _endSent;
    private bool _isReceiving;
    private CallSpan? _span;
    private (long Sent, long Received) _wireBytes;

    public GrpcStream(
        Worker worker, Cluster cluster, IGrpcStreamUser user, int messageBytesMax = MessageBytesDefault)
    {
        _worker = worker;
        _cluster = cluster;
        _user = user;
        _pending = new PendingStream(this);
        _output = new BufferChain(worker.Loop.Buffers);
        _frames = new GrpcFrameReader(messageBytesMax);
    }

    public HeaderMap Request { get; } = new();

    public HeaderMap ResponseHeaders { get; } = new();

    public HeaderMap ResponseTrailers { get; } = new();

    /// <summary>The call has ended or was given up.</summary>
    public bool IsOver => _isOver;

    /// <summary>The connection's buffers are full: the peer reads too slowly.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Bytes that the connection has not taken yet.</summary>
    public int WaitingBytes => _output.Length;

    /// <summary>Bytes on the wire so far, both ways, with the frames of HTTP/2.</summary>
    public (long Sent, long Received) WireBytes =>
        _upstream is { } upstream ? (upstream.WireBytesSent, upstream.WireBytesReceived) : _wireBytes;

    /// <summary>Starts a call of a service, maybe for a request, whose trace shows the call then; it may be over before
    /// this returns. Null: there is no such cluster.</summary>
    public static GrpcStream? Start(
        Worker worker, GrpcServiceTarget target, ReadOnlySpan<byte> path, IGrpcStreamUser user, HttpStream? of = null,
        bool isSampled = true)
    {
        if (target.Cluster.Current is not { } cluster)
        {
            return null;
        }
        var stream = new GrpcStream(worker, cluster, user, target.MessageBytesMax);
        target.Prepare(stream.Request, path, 0);
        target.AddEnvoyHeaders(stream.Request);
        stream._span = of is null ? null : CallSpan.BeginGrpc(of, path, stream.Request, cluster, isSampled);
        return stream;
    }

    /// <summary>Asks for a connection, unless there is one or it is on its way.</summary>
    public void Connect()
    {
        if (_isOver || _upstream is not null || _pending.Pool is not null)
        {
            return;
        }
        var host = _cluster.PickHost(_worker.Index, new LoadBalancerContext());
        if (host is null)
        {
            _cluster.Stats.Add(_worker.Index, ClusterStat.UpstreamCxNoneHealthy);
            Finish(new GrpcStreamEnd(GrpcStatusCode.Unavailable, "no healthy upstream", "no_healthy_upstream"));
            return;
        }
        _worker.GetHostState(host).GetPool(Streams.HttpProtocol.Http2, false, default).NewStream(_pending);
    }

    /// <summary>Sends a message; the connection is made at the first one.</summary>
    public void Send(IMessage message) => SendFramed(GrpcServiceTarget.Frame(message));

    /// <summary>Sends messages that have their headers in front.</summary>
    public void SendFramed(ReadOnlySpan<byte> framed)
    {
        if (_isOver || _endWanted)
        {
            return;
        }
        _output.Append(framed);
        if (_upstream is null)
        {
            Connect();
        }
        else
        {
            Flush();
        }
    }

    /// <summary>Reads no more of the answer, or reads on.</summary>
    public void ReadDisable(bool disable) => _upstream?.ReadDisable(disable);

    /// <summary>No more messages will be sent. Inside a message's arrival the end is told after it.</summary>
    public void Close()
    {
        _endWanted = true;
        if (!_isReceiving)
        {
            SendEnd();
        }
    }

    /// <summary>No more messages will be sent, and none are wanted.</summary>
    public void CloseAndReset()
    {
        _resetWanted = true;
        Close();
        if (!_isReceiving)
        {
            Reset();
        }
    }

    /// <summary>Nobody wants the call any more.</summary>
    public void Reset()
    {
        if (!_isOver)
        {
            End();
            _span?.Cancel();
        }
    }

    void IUpstreamCallbacks.OnPoolReady(HttpClientStream stream)
    {
        _upstream = stream;
        if (stream.Transport.Tls is not null)
        {
            Request.Set(HeaderId.Scheme, "https"u8);
        }
        if (Request.IndexOfUnsendable(out _) >= 0)
        {
            ((IUpstreamCallbacks)this).OnPoolFailure(UpstreamResetReason.ProtocolError, null);
            return;
        }
        stream.EncodeHeaders(Request, false);
        Flush();
        if (_endWanted)
        {
            SendEnd();
        }
    }

    void IUpstreamCallbacks.OnPoolFailure(UpstreamResetReason reason, byte[]? transportFailure)
    {
        var text = Router.TextOf(reason);
        var cause = transportFailure is { Length: > 0 } ? "|" + Encoding.UTF8.GetString(transportFailure) : "";
        Finish(new GrpcStreamEnd(
            GrpcStatusCode.Unavailable,
            $"upstream connect error or disconnect/reset before headers. reset reason: {text}",
            $"upstream_reset_before_response_started{{{text.Replace(' ', '_')}{cause}}}"));
    }

    bool IUpstreamCallbacks.EndsWithError => true;

    void IUpstreamCallbacks.OnInformational(int status)
    {
    }

    void IUpstreamCallbacks.OnResponseHeaders(int status, bool endStream)
    {
        _cluster.Stats.CountResponse(_worker.Index, status, true);
        if (endStream)
        {
            Detach();
        }
        if (endStream || status != 200)
        {
            Finish(GrpcCalls.ReadStatus(ResponseHeaders) is { } end
                ? new GrpcStreamEnd(end.Code, end.Message, ViaUpstream)
                : new GrpcStreamEnd(
                    status == 200 ? GrpcStatusCode.Unknown : GrpcCalls.CodeOf(status), "", ViaUpstream));
        }
    }

    void IUpstreamCallbacks.OnResponseData(BufferChain data, int length, bool endStream)
    {
        _isReceiving = true;
        while (length > 0)
        {
            var piece = data.First;
            piece = piece[..Math.Min(piece.Length, length)];
            var size = piece.Length;
            while (!_isOver && !piece.IsEmpty && _frames.TryTake(ref piece, out var message))
            {
                _user.OnMessage(message);
            }
            data.Consume(size);
            length -= size;
        }
        _isReceiving = false;
        if (_frames.Error is { } error)
        {
            Finish(new GrpcStreamEnd(GrpcStatusCode.ResourceExhausted, error, ""));
        }
        else if (endStream)
        {
            Detach();
            Finish(new GrpcStreamEnd(GrpcStatusCode.Unknown, "", ViaUpstream));
        }
        else if (_endWanted && !_isOver)
        {
            SendEnd();
            if (_resetWanted)
            {
                Reset();
            }
        }
    }

    void IUpstreamCallbacks.OnResponseTrailers()
    {
        Detach();
        if (GrpcCalls.ReadStatus(ResponseTrailers) is not { } status)
        {
            Finish(new GrpcStreamEnd(GrpcStatusCode.Unknown, "", ViaUpstream));
        }
        else if (status.IsOk && _frames.IsWithinMessage)
        {
            Finish(new GrpcStreamEnd(GrpcStatusCode.Internal, "the body ends within a message", ViaUpstream));
        }
        else
        {
            Finish(new GrpcStreamEnd(status.Code, status.Message, ViaUpstream));
        }
    }

    void IUpstreamCallbacks.OnUpstreamReset(UpstreamResetReason reason)
    {
        Detach();
        Finish(new GrpcStreamEnd(GrpcStatusCode.Unavailable, Router.TextOf(reason), ""));
    }

    void IUpstreamCallbacks.OnUpstreamAboveHighWatermark() => IsFull = true;

    void IUpstreamCallbacks.OnUpstreamBelowLowWatermark()
    {
        IsFull = false;
        Flush();
    }

    private void Flush()
    {
        if (_upstream is { } upstream && !_output.IsEmpty)
        {
            upstream.EncodeData(_output, _output.Length, false);
        }
        if (!_isOver && !IsFull)
        {
            _user.OnWritable();
        }
    }

    private void SendEnd()
    {
        if (!_endSent && _upstream is { } upstream)
        {
            _endSent = true;
            upstream.EncodeData(_output, _output.Length, true);
        }
    }

    private void Finish(in GrpcStreamEnd end)
    {
        if (!_isOver)
        {
            End();
            _span?.EndGrpc((int)end.Status);
            _user.OnClosed(end);
        }
    }

    /// <summary>Half a stream is of no use: a side that is still open is reset.</summary>
    private void End()
    {
        _isOver = true;
        _pending.Pool?.Cancel(_pending);
        var upstream = Detach();
        _output.Clear();
        upstream?.Reset();
    }

    private HttpClientStream? Detach()
    {
        var upstream = _upstream;
        _wireBytes = WireBytes;
        _upstream = null;
        return upstream;
    }
}
