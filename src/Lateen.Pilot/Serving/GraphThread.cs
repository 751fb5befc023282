using System.Threading.Channels;

namespace Lateen.Pilot.Serving;

/// <summary>
/// The one thread that may touch the graph. Work waits in a bounded queue; who posts to a full queue waits.
/// </summary>
public sealed class GraphThread : IAsyncDisposable
{
    /// <summary>Work that may wait. A connecting proxy is one item.</summary>
    private const int QueueMax = 16_384;

    private readonly Channel<Action> _queue = Channel.CreateBounded<Action>(
        new BoundedChannelOptions(QueueMax) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
    private readonly Action<Exception> _onFailure;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="onFailure">Told of an exception that a piece of work let out; the thread goes on.</param>
    public GraphThread(Action<Exception> onFailure)
    {
        _onFailure = onFailure;
        _thread = new Thread(Run) { Name = "pilot-graph", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Runs work on the thread and gives its result.</summary>
    public async Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _queue.Writer.WriteAsync(
            () =>
            {
                try
                {
                    done.SetResult(work());
                }
#pragma warning disable CA1031 // The failure belongs to whoever asked for the work.
                catch (Exception e)
#pragma warning restore CA1031
                {
                    done.SetException(e);
                }
            },
            cancellation).ConfigureAwait(false);
        return await done.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Runs work on the thread some time later.</summary>
    public void Post(Action work)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (!_queue.Writer.TryWrite(work))
        {
            // The queue is full: let a pool thread wait instead of the caller, who may hold a lock.
            _ = _queue.Writer.WriteAsync(work).AsTask();
        }
    }

    /// <summary>Finishes what waits, then ends the thread.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _ended.Task.ConfigureAwait(false);
    }

    private void Run()
    {
        while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (_queue.Reader.TryRead(out var work))
            {
                try
                {
                    work();
                }
#pragma warning disable CA1031 // One piece of work is the unit; the thread serves the others.
                catch (Exception e)
#pragma warning restore CA1031
                {
                    _onFailure(e);
                }
            }
        }
        _ended.SetResult();
    }
}
