using Lateen.Net;
using Lateen.Proxy.Exports;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.AccessLog;

/// <summary>Entries of one worker that wait to be sent to a service, until they are many bytes or for a time.</summary>
/// <param name="worker">The worker, on whose thread everything runs.</param>
/// <param name="field">Number of an entry's field in the message.</param>
/// <param name="flushBytes">Entries of so many bytes are sent at once.</param>
/// <param name="flushNanos">The longest wait of an entry.</param>
internal abstract class LogBatch(Worker worker, int field, int flushBytes, long flushNanos) : ITimerTarget
{
    private LoopTimer? _timer;
    private int _count;

    /// <summary>Where the next entry is written, between <see cref="Begin"/> and <see cref="End"/>.</summary>
    public ByteBuffer Entries { get; } = new(4096);

    protected Worker Worker => worker;

    /// <summary>The message being made of the entries.</summary>
    protected ByteBuffer Message { get; } = new(4096);

    /// <summary>Begins an entry; the result goes to <see cref="End"/>.</summary>
    public int Begin() => Entries.Open(field);

    /// <summary>Ends an entry.</summary>
    public void End(int mark)
    {
        Entries.Close(mark);
        _count++;
        if (Entries.Length >= flushBytes)
        {
            Flush();
            return;
        }

        _timer ??= new LoopTimer(worker.Loop.Timers, this);
        if (!_timer.IsStarted)
        {
            _timer.Start(Math.Max(1, flushNanos / 1_000_000));
        }
    }

    void ITimerTarget.OnTimer(LoopTimer timer) => Flush();

    /// <summary>Sends the entries, <paramref name="count"/> of them, or counts them as dropped.</summary>
    protected abstract void Send(int count);

    private void Flush()
    {
        _timer?.Stop();
        if (_count == 0)
        {
            return;
        }

        Message.Clear();
        Send(_count);
        Entries.Clear();
        _count = 0;
    }
}
