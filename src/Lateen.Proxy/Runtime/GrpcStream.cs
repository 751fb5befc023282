using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;
using Google.Protobuf;
using Lateen.Http;
using Lateen.Net;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Runtime;

/// <summary>
/// A bidirectional gRPC call of the proxy itself. One worker's. After <see cref="IGrpcStreamUser.OnClosed"/>, or after
/// <see cref="Reset"/>, nothing more comes.
/// </summary>
internal sealed class GrpcStream : IUpstreamCallbacks
{
    /// <summary>Bytes of one message that may come; longer ones end the call.</summary>
    private const int MessageBytesMax = 4 * 1024 * 1024;

    private const int FrameHeaderBytes = 5;
    private const int ResourceExhausted = 8;
    private const int Unknown = 2;

    private readonly Worker _worker;
    private readonly Cluster _cluster;
    private readonly IGrpcStreamUser _user;
    private readonly PendingStream _pending;
    private readonly BufferChain _output;
    private readonly ByteBuffer _input = new();
    private HttpClientStream? _upstream;
    private bool _isOver;
    private bool _endWanted;
    private bool _endSent;
    private bool _isReceiving;

    private GrpcStream(Worker worker, Cluster cluster, IGrpcStreamUser user)
    {
        _worker = worker;
        _cluster = cluster;
        _user = user;
        _pending = new PendingStream(this);
        _output = new BufferChain(worker.Loop.Buffers);
    }

    public HeaderMap Request { get; } = new();

    public HeaderMap ResponseHeaders { get; } = new();

    public HeaderMap ResponseTrailers { get; } = new();

    /// <summary>Starts a call; it may be over before this returns. Null: there is no such cluster.</summary>
    internal static GrpcStream? Start(Worker worker, GrpcServiceTarget target, ReadOnlySpan<byte> path,
        IGrpcStreamUser user)
    {
        if (target.Cluster.Current is not { } cluster)
        {
            return null;
        }
        var stream = new GrpcStream(worker, cluster, user);
        target.Prepare(stream.Request, path, 0);
        stream.Request.Set(HeaderId.XEnvoyInternal, "true"u8);
        MachineAddress.AppendTo(stream.Request);
        return stream;
    }

    /// <summary>Sends a message; the connection is made at the first one.</summary>
    internal void Send(IMessage message)
    {
        if (_isOver || _endWanted)
        {
            return;
        }
        _output.Append(GrpcServiceTarget.Frame(message));
        if (_upstream is { } upstream)
        {
            upstream.EncodeData(_output, _output.Length, false);
        }
        else if (_pending.Pool is null)
        {
            Connect();
        }
    }

    /// <summary>No more messages will be sent. Inside a message's arrival the end is told after it.</summary>
    internal void Close()
    {
        _endWanted = true;
        if (!_isReceiving)
        {
            SendEnd();
        }
    }

    /// <summary>Nobody wants the call any more.</summary>
    internal void Reset()
    {
        if (_isOver)
        {
            return;
        }
        _isOver = true;
        _pending.Pool?.Cancel(_pending);
        var upstream = _upstream;
        _upstream = null;
        _output.Clear();
        upstream?.Reset();
    }

    void IUpstreamCallbacks.OnPoolReady(HttpClientStream stream)
    {
        _upstream = stream;
        stream.EncodeHeaders(Request, false);
        if (!_output.IsEmpty)
        {
            stream.EncodeData(_output, _output.Length, false);
        }
        if (_endWanted)
        {
            SendEnd();
        }
    }

    void IUpstreamCallbacks.OnPoolFailure(UpstreamResetReason reason, byte[]? transportFailure)
    {
        var text = Router.TextOf(reason);
        var cause = transportFailure is { Length: > 0 } ? "|" + Encoding.UTF8.GetString(transportFailure) : "";
        Finish(
            GrpcServiceTarget.Unavailable,
            $"upstream connect error or disconnect/reset before headers. reset reason: {text}"
                + $"{{upstream_reset_before_response_started{{{text.Replace(' ', '_')}{cause}}}}}");
    }

    void IUpstreamCallbacks.OnInformational(int status)
    {
    }

    void IUpstreamCallbacks.OnResponseHeaders(int status, bool endStream)
    {
        _cluster.Stats.CountResponse(_worker.Index, status, true);
        if (endStream)
        {
            _upstream = null;
            FinishFrom(ResponseHeaders);
        }
        else if (status != 200)
        {
            var upstream = _upstream;
            _upstream = null;
            upstream?.Reset();
            Finish(GrpcServiceTarget.Unavailable, "via_upstream");
        }
    }

    void IUpstreamCallbacks.OnResponseData(BufferChain data, int length, bool endStream)
    {
        while (length > 0)
        {
            var piece = data.First;
            piece = piece[..Math.Min(piece.Length, length)];
            if (!_isOver)
            {
                _input.Write(piece);
            }
            length -= piece.Length;
            data.Consume(piece.Length);
        }
        ReadMessages();
        if (endStream)
        {
            _upstream = null;
            Finish(Unknown, "via_upstream");
        }
    }

    void IUpstreamCallbacks.OnResponseTrailers()
    {
        _upstream = null;
        FinishFrom(ResponseTrailers);
    }

    void IUpstreamCallbacks.OnUpstreamReset(UpstreamResetReason reason)
    {
        _upstream = null;
        Finish(GrpcServiceTarget.Unavailable, Router.TextOf(reason));
    }

    void IUpstreamCallbacks.OnUpstreamAboveHighWatermark()
    {
    }

    void IUpstreamCallbacks.OnUpstreamBelowLowWatermark()
    {
    }

    private void ReadMessages()
    {
        _isReceiving = true;
        while (!_isOver && _input.Length >= FrameHeaderBytes)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(_input.Written[1..]);
            if (length > MessageBytesMax || _input.Written[0] != 0)
            {
                _isReceiving = false;
                var upstream = _upstream;
                _upstream = null;
                upstream?.Reset();
                Finish(ResourceExhausted, "message too large");
                return;
            }
            var whole = FrameHeaderBytes + (int)length;
            if (_input.Length < whole)
            {
                break;
            }
            var message = _input.Written[FrameHeaderBytes..whole].ToArray();
            var rest = _input.Written[whole..].ToArray();
            _input.Clear();
            _input.Write(rest);
            _user.OnMessage(message);
        }
        _isReceiving = false;
        if (_endWanted && !_isOver)
        {
            SendEnd();
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

    private void Connect()
    {
        var host = _cluster.PickHost(_worker.Index, new LoadBalancerContext());
        if (host is null)
        {
            _cluster.Stats.Add(_worker.Index, ClusterStat.UpstreamCxNoneHealthy);
            Finish(GrpcServiceTarget.Unavailable, "no healthy upstream{no_healthy_upstream}");
            return;
        }
        _worker.GetHostState(host).GetPool(Streams.HttpProtocol.Http11, false, default).NewStream(_pending);
    }

    private void FinishFrom(HeaderMap headers)
    {
        if (!headers.TryGet(HeaderId.GrpcStatus, out var text)
            || !Utf8Parser.TryParse(text, out int status, out _))
        {
            Finish(Unknown, "via_upstream");
            return;
        }
        var message = Encoding.UTF8.GetString(headers.Get(HeaderId.GrpcMessage));
        Finish(status, message.Length > 0 ? $"{message}{{via_upstream}}" : "via_upstream");
    }

    private void Finish(int status, string message)
    {
        if (_isOver)
        {
            return;
        }
        _isOver = true;
        _output.Clear();
        _user.OnClosed(status, message);
    }
}
