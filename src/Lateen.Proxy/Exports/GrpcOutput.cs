using System.Buffers.Binary;
using Lateen.Http;
using Lateen.Net;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Exports;

/// <summary>
/// A gRPC stream of one worker on which messages only go out, as access log and metrics services have it. It is opened
/// with the first message and again after it has broken. What the peer cannot take is refused, not kept.
/// </summary>
internal sealed class GrpcOutput : IUpstreamCallbacks
{
    /// <summary>Bytes that wait for the connection at most.</summary>
    private const int WaitingBytesMax = 1024 * 1024;
    private const int PrefixBytes = 5;

    private readonly Worker _worker;
    private readonly ExportTarget _target;
    private readonly PendingStream _pending;
    private readonly BufferChain _waiting;
    private readonly HeaderMap _request = new();
    private Cluster? _cluster;
    private HttpClientStream? _upstream;
    private bool _isFull;

    public GrpcOutput(Worker worker, ExportTarget target)
    {
        _worker = worker;
        _target = target;
        _pending = new PendingStream(this);
        _waiting = new BufferChain(worker.Loop.Buffers);
    }

    /// <summary>The next message is the first of a stream.</summary>
    public bool IsFirst => _upstream is null && _pending.Pool is null;

    public HeaderMap ResponseHeaders { get; } = new();

    public HeaderMap ResponseTrailers { get; } = new();

    /// <summary>False when the message cannot go: no host, no connection, or the peer reads too slowly.</summary>
    public bool TrySend(ReadOnlySpan<byte> message)
    {
        if (IsFirst)
        {
            return TryOpen(message);
        }

        if (_isFull || _waiting.Length > WaitingBytesMax)
        {
            return false;
        }

        Append(message);
        Flush();
        return true;
    }

    void IUpstreamCallbacks.OnPoolReady(HttpClientStream stream)
    {
        _upstream = stream;
        stream.EncodeHeaders(_request, false);
        Flush();
    }

    void IUpstreamCallbacks.OnPoolFailure(UpstreamResetReason reason, byte[]? transportFailure) => Forget();

    void IUpstreamCallbacks.OnInformational(int status)
    {
    }

    void IUpstreamCallbacks.OnResponseHeaders(int status, bool endStream)
    {
        _cluster?.Stats.CountResponse(_worker.Index, status, true);
        if (endStream)
        {
            Forget();
        }
    }

    void IUpstreamCallbacks.OnResponseData(BufferChain data, int length, bool endStream)
    {
        data.Consume(length);
        if (endStream)
        {
            Forget();
        }
    }

    void IUpstreamCallbacks.OnResponseTrailers() => Forget();

    void IUpstreamCallbacks.OnUpstreamReset(UpstreamResetReason reason) => Forget();

    void IUpstreamCallbacks.OnUpstreamAboveHighWatermark() => _isFull = true;

    void IUpstreamCallbacks.OnUpstreamBelowLowWatermark() => _isFull = false;

    private bool TryOpen(ReadOnlySpan<byte> message)
    {
        _cluster = _target.Cluster.Current;
        if (_cluster is null)
        {
            return false;
        }

        var host = _cluster.PickHost(_worker.Index, new LoadBalancerContext());
        if (host is null)
        {
            _cluster.Stats.Add(_worker.Index, ClusterStat.UpstreamCxNoneHealthy);
            return false;
        }

        _request.Clear();
        ResponseHeaders.Clear();
        ResponseTrailers.Clear();
        _target.Prepare(_request);
        _request.Set(HeaderId.XEnvoyInternal, "true"u8);
        MachineAddress.AppendTo(_request);
        _isFull = false;
        Append(message);
        _worker.GetHostState(host).GetPool(HttpProtocol.Http2, false, default).NewStream(_pending);
        return !IsFirst;
    }

    private void Append(ReadOnlySpan<byte> message)
    {
        Span<byte> prefix = stackalloc byte[PrefixBytes];
        prefix[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(prefix[1..], message.Length);
        _waiting.Append(prefix);
        _waiting.Append(message);
    }

    private void Flush()
    {
        if (_upstream is not null && !_waiting.IsEmpty)
        {
            _upstream.EncodeData(_waiting, _waiting.Length, false);
        }
    }

    /// <summary>The stream is over. Half a stream is of no use, so a side that is still open is reset.</summary>
    private void Forget()
    {
        _upstream = null;
        _waiting.Clear();
        _isFull = false;
    }
}
