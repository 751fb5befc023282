using Lateen.Grpc;
using Lateen.Proxy.Runtime;
using Lateen.Xds.Client;

namespace Lateen.Proxy.Discovery;

/// <summary>
/// A gRPC call whose owner, one reader and one writer at a time, may be on any thread; its <see cref="GrpcStream"/>
/// lives on a worker. While a message is not taken the answer is not read on; writes complete when there is room for
/// more.
/// </summary>
internal sealed class GrpcByteStream : IXdsByteStream, IGrpcStreamUser
{
    /// <summary>Bytes that may wait for a connection before writers do.</summary>
    private const int WaitingBytesMax = 1024 * 1024;

    private readonly Worker _worker;
    private readonly GrpcServiceTarget _target;
    private readonly Lock _lock = new();

    // The owner's side, under the lock.
    private readonly Queue<ReadOnlyMemory<byte>> _inbox = new();
    private TaskCompletionSource? _arrival;
    private GrpcStatus? _end;
    private bool _isPaused;

    // The worker's side.
    private readonly Queue<GrpcWrite> _blocked = new();
    private GrpcStream? _call;
    private bool _isOver;

    private GrpcByteStream(Worker worker, GrpcServiceTarget target)
    {
        _worker = worker;
        _target = target;
    }

    /// <summary>Begins a call; how it fails is told by the first read.</summary>
    internal static GrpcByteStream Open(Worker worker, GrpcServiceTarget target, string path, GrpcMetadata? metadata)
    {
        var stream = new GrpcByteStream(worker, target);
        if (!worker.Loop.TryPost(_ => stream.Connect(path, metadata), null))
        {
            stream.Tell(new GrpcStatus(GrpcStatusCode.Unavailable, "the worker takes no more work"));
        }

        return stream;
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellation) =>
        Post(GrpcFrameReader.Frame(message.Span), cancellation);

    public ValueTask WriteAllAsync(IReadOnlyList<byte[]> messages, CancellationToken cancellation) =>
        Post([.. messages.SelectMany(message => GrpcFrameReader.Frame(message))], cancellation);

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
                _worker.Loop.TryPost(static state => ((GrpcByteStream)state!)._call?.ReadDisable(false), this);
            }

            await arrival.WaitAsync(cancellation);
        }
    }

    public ValueTask DisposeAsync()
    {
        _worker.Loop.TryPost(static state => ((GrpcByteStream)state!).GiveUp(), this);
        return ValueTask.CompletedTask;
    }

    void IGrpcStreamUser.OnMessage(ReadOnlyMemory<byte> message)
    {
        lock (_lock)
        {
            _inbox.Enqueue(message);
            if (!_isPaused)
            {
                _isPaused = true;
                _call?.ReadDisable(true);
            }

            _arrival?.TrySetResult();
        }
    }

    void IGrpcStreamUser.OnWritable()
    {
        while (_call is { IsFull: false, WaitingBytes: <= WaitingBytesMax } && _blocked.TryDequeue(out var write))
        {
            write.Complete();
        }
    }

    void IGrpcStreamUser.OnClosed(in GrpcStreamEnd end) =>
        Finish(end.Status == GrpcStatusCode.Ok
            ? new GrpcStatus(GrpcStatusCode.Ok)
            : new GrpcStatus(end.Status, $"the call to {_target.Cluster.Name} ended: {end.Text}"));

    private ValueTask Post(byte[] framed, CancellationToken cancellation)
    {
        var write = new GrpcWrite(framed);
        if (!_worker.Loop.TryPost(_ => Write(write), null))
        {
            throw new GrpcException(GrpcStatusCode.Unavailable, "the worker takes no more work");
        }

        return new ValueTask(write.Done.WaitAsync(cancellation));
    }

    private void Connect(string path, GrpcMetadata? metadata)
    {
        if (_isOver)
        {
            return;
        }

        _call = GrpcStream.Start(_worker, _target.With(metadata), System.Text.Encoding.ASCII.GetBytes(path), this);
        if (_call is null)
        {
            Finish(new GrpcStatus(GrpcStatusCode.Unavailable, $"there is no cluster {_target.Cluster.Name}"));
        }
        else
        {
            _call.Connect();
        }
    }

    private void Write(GrpcWrite write)
    {
        if (_isOver)
        {
            write.Fail();
            return;
        }

        _blocked.Enqueue(write);
        _call!.SendFramed(write.Bytes);
        ((IGrpcStreamUser)this).OnWritable();
    }

    private void GiveUp()
    {
        _call?.Reset();
        Finish(new GrpcStatus(GrpcStatusCode.Cancelled));
    }

    private void Finish(GrpcStatus status)
    {
        if (_isOver)
        {
            return;
        }

        _isOver = true;
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
