using System.Text;
using Lateen.Grpc;
using Lateen.Http;
using Lateen.Proxy.Runtime;
using Lateen.Net;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;
using Lateen.Xds.Client;

namespace Lateen.Proxy.Discovery;

/// <summary>
/// A gRPC call of the proxy itself with messages both ways, over its own clusters, TLS and HTTP/2. The network part
/// lives on one worker; the owner, one reader and one writer at a time, may be on any thread. While a message is not
/// taken the response is not read on; writes complete when there is room for more.
/// </summary>
internal sealed class GrpcStream : IUpstreamCallbacks, IXdsByteStream
{
    /// <summary>Bytes that may wait for a connection before writers do.</summary>
    private const int WaitingBytesMax = 1024 * 1024;

    private readonly Worker _worker;
    private readonly GrpcTarget _target;
    private readonly PendingStream _pending;
    private readonly HeaderMap _request = new();
    private readonly GrpcFrameReader _frames;
    private readonly Lock _lock = new();

    // The owner's side, under the lock.
    private readonly Queue<ReadOnlyMemory<byte>> _inbox = new();
    private TaskCompletionSource? _arrival;
    private GrpcStatus? _end;
    private bool _isPaused;

    // The worker's side.
    private readonly BufferChain _output;
    private readonly Queue<GrpcWrite> _blocked = new();
    private HttpClientStream? _upstream;
    private Cluster? _cluster;
    private bool _isFull;
    private bool _isOver;

    private GrpcStream(Worker worker, GrpcTarget target)
    {
        _worker = worker;
        _target = target;
        _pending = new PendingStream(this);
        _frames = new GrpcFrameReader(target.MessageBytesMax);
        _output = new BufferChain(worker.Loop.Buffers);
    }

    public HeaderMap ResponseHeaders { get; } = new();

    public HeaderMap ResponseTrailers { get; } = new();

    /// <summary>Begins a call; how it fails is told by the first read.</summary>
    internal static GrpcStream Open(Worker worker, GrpcTarget target, string path, GrpcMetadata? metadata)
    {
        var stream = new GrpcStream(worker, target);
        target.Prepare(stream._request, path, metadata);
        if (!worker.Loop.TryPost(static state => ((GrpcStream)state!).Connect(), stream))
        {
            stream.Tell(new GrpcStatus(GrpcStatusCode.Unavailable, "the worker takes no more work"));
        }

        return stream;
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellation) =>
        Post(GrpcFrameReader.Frame(message.Span), cancellation);

    public ValueTask WriteAllAsync(IReadOnlyList<byte[]> messages, CancellationToken cancellation) =>
        Post([.. messages.SelectMany(message => GrpcFrameReader.Frame(message))], cancellation);

    private ValueTask Post(byte[] framed, CancellationToken cancellation)
    {
        var write = new GrpcWrite(framed);
        if (!_worker.Loop.TryPost(static state =>
            {
                var (stream, write) = ((GrpcStream, GrpcWrite))state!;
                stream.Write(write);
            }, (this, write)))
        {
            throw new GrpcException(GrpcStatusCode.Unavailable, "the worker takes no more work");
        }

        return new ValueTask(write.Done.WaitAsync(cancellation));
    }

    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellation)
    {
        while (true)
        {
            Task arrival;
            bool resumes;
            lock (_lock)
            {
                if (_inbox.TryDequeue(out var message))
                {
                    return message;
                }

                if (_end is { } end)
                {
                    return end.IsOk ? null : throw new GrpcException(end);
                }

                arrival = (_arrival = new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
                (resumes, _isPaused) = (_isPaused, false);
            }

            if (resumes)
            {
                _worker.Loop.TryPost(static state => ((GrpcStream)state!)._upstream?.ReadDisable(false), this);
            }

            await arrival.WaitAsync(cancellation);
        }
    }

    public ValueTask DisposeAsync()
    {
        _worker.Loop.TryPost(
            static state => ((GrpcStream)state!).Finish(new GrpcStatus(GrpcStatusCode.Cancelled)), this);
        return ValueTask.CompletedTask;
    }

    void IUpstreamCallbacks.OnPoolReady(HttpClientStream stream)
    {
        _upstream = stream;
        if (stream.Transport.Tls is not null)
        {
            _request.Set(HeaderId.Scheme, "https"u8);
        }

        stream.EncodeHeaders(_request, false);
        Flush();
    }

    void IUpstreamCallbacks.OnPoolFailure(UpstreamResetReason reason, byte[]? transportFailure) => Fail(
        $"no connection to {_target.Cluster}: {reason}"
        + (transportFailure is null ? "" : $" ({Encoding.UTF8.GetString(transportFailure)})"));

    void IUpstreamCallbacks.OnInformational(int status)
    {
    }

    void IUpstreamCallbacks.OnResponseHeaders(int status, bool endStream)
    {
        _cluster!.Stats.CountResponse(_worker.Index, status, true);
        if (endStream)
        {
            _upstream = null;
        }

        if (endStream || status != 200)
        {
            Finish(GrpcCalls.ReadStatus(ResponseHeaders)
                ?? new GrpcStatus(GrpcCalls.CodeOf(status), $"HTTP status {status}"));
        }
    }

    void IUpstreamCallbacks.OnResponseData(BufferChain data, int length, bool endStream)
    {
        while (length > 0)
        {
            var piece = data.First;
            piece = piece[..Math.Min(piece.Length, length)];
            var size = piece.Length;
            while (!_isOver && !piece.IsEmpty && _frames.TryTake(ref piece, out var message))
            {
                Deliver(message);
            }

            data.Consume(size);
            length -= size;
        }

        if (_frames.Error is { } error)
        {
            Finish(new GrpcStatus(GrpcStatusCode.ResourceExhausted, error));
        }
        else if (endStream)
        {
            _upstream = null;
            Finish(new GrpcStatus(GrpcStatusCode.Unknown, "the response has no trailers"));
        }
    }

    void IUpstreamCallbacks.OnResponseTrailers()
    {
        _upstream = null;
        var status = GrpcCalls.ReadStatus(ResponseTrailers)
            ?? new GrpcStatus(GrpcStatusCode.Unknown, "no grpc-status came");
        Finish(status.IsOk && _frames.IsWithinMessage
            ? new GrpcStatus(GrpcStatusCode.Internal, "the body ends within a message")
            : status);
    }

    void IUpstreamCallbacks.OnUpstreamReset(UpstreamResetReason reason)
    {
        _upstream = null;
        Fail($"the stream to {_target.Cluster} broke: {reason}");
    }

    void IUpstreamCallbacks.OnUpstreamAboveHighWatermark() => _isFull = true;

    void IUpstreamCallbacks.OnUpstreamBelowLowWatermark()
    {
        _isFull = false;
        Flush();
    }

    private void Connect()
    {
        if (_isOver)
        {
            return;
        }

        _cluster = _worker.Clusters.Find(Encoding.UTF8.GetBytes(_target.Cluster))?.Current;
        if (_cluster is null)
        {
            Fail($"there is no cluster {_target.Cluster}");
            return;
        }

        if (_cluster.PickHost(_worker.Index, new LoadBalancerContext()) is not { } host)
        {
            _cluster.Stats.Add(_worker.Index, ClusterStat.UpstreamCxNoneHealthy);
            Fail($"the cluster {_target.Cluster} has no healthy host");
            return;
        }

        _worker.GetHostState(host).GetPool(Streams.HttpProtocol.Http2, false, default).NewStream(_pending);
    }

    private void Write(GrpcWrite write)
    {
        if (_isOver)
        {
            write.Fail();
            return;
        }

        _output.Append(write.Bytes);
        _blocked.Enqueue(write);
        Flush();
    }

    private void Flush()
    {
        if (_upstream is { } upstream && !_output.IsEmpty)
        {
            upstream.EncodeData(_output, _output.Length, false);
        }

        while (!_isFull && !_isOver && _output.Length <= WaitingBytesMax && _blocked.TryDequeue(out var write))
        {
            write.Complete();
        }
    }

    private void Deliver(ReadOnlyMemory<byte> message)
    {
        lock (_lock)
        {
            _inbox.Enqueue(message);
            if (!_isPaused)
            {
                _isPaused = true;
                _upstream?.ReadDisable(true);
            }

            _arrival?.TrySetResult();
        }
    }

    private void Fail(string why) => Finish(new GrpcStatus(GrpcStatusCode.Unavailable, why));

    private void Finish(GrpcStatus status)
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
        while (_blocked.TryDequeue(out var write))
        {
            write.Fail();
        }

        Tell(status);
    }

    private void Tell(GrpcStatus status)
    {
        lock (_lock)
        {
            _end ??= status;
            _arrival?.TrySetResult();
        }
    }
}
