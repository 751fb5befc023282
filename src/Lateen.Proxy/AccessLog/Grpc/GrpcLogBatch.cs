using Lateen.Net;
using Lateen.Proxy.Exports;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.AccessLog.Grpc;

/// <summary>Entries of one worker that wait to be sent.</summary>
internal sealed class GrpcLogBatch : ITimerTarget
{
    private readonly Worker _worker;
    private readonly GrpcLogSink _sink;
    private readonly GrpcOutput _output;
    private readonly LoopTimer _timer;
    private readonly ByteBuffer _entries = new(4096);
    private readonly ByteBuffer _message = new(4096);
    private int _count;

    public GrpcLogBatch(Worker worker, GrpcLogSink sink)
    {
        _worker = worker;
        _sink = sink;
        _output = new GrpcOutput(worker, sink.Target);
        _timer = new LoopTimer(worker.Loop.Timers, this);
    }

    /// <summary>Where the next entry is written, between <see cref="Begin"/> and <see cref="End"/>.</summary>
    public ByteBuffer Entries => _entries;

    /// <summary>Begins an entry; the result goes to <see cref="End"/>.</summary>
    public int Begin() => _entries.Open(1);

    public void End(int mark)
    {
        _entries.Close(mark);
        _count++;
        if (_entries.Length >= _sink.FlushBytes)
        {
            Flush();
        }
        else if (!_timer.IsStarted)
        {
            _timer.Start(Math.Max(1, _sink.FlushNanos / 1_000_000));
        }
    }

    void ITimerTarget.OnTimer(LoopTimer timer) => Flush();

    private void Flush()
    {
        _timer.Stop();
        if (_count == 0)
        {
            return;
        }

        _message.Clear();
        if (_output.IsFirst)
        {
            _message.WriteBytes(1, _sink.Identifier);
        }

        _message.WriteBytes(_sink.EntriesField, _entries.Written);
        var sent = _output.TrySend(_message.Written);
        var worker = _worker.Index;
        _sink.Stats.Add(worker, sent ? _sink.Written : _sink.Dropped, _count);
        if (sent)
        {
            _sink.Stats.Add(worker, _sink.Flushed, _count);
        }

        _entries.Clear();
        _count = 0;
    }
}
