using Lateen.Net;
using Lateen.Proxy.Exports;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.AccessLog.Otlp;

/// <summary>Log records of one worker that wait to be sent.</summary>
internal sealed class OtlpLogBatch : ITimerTarget
{
    /// <summary>Requests on their way at most; what comes then is dropped.</summary>
    private const int InFlightMax = 16;

    private readonly Worker _worker;
    private readonly OtlpLogSink _sink;
    private readonly LoopTimer _timer;
    private readonly ByteBuffer _message = new(4096);
    private int _count;
    private int _inFlight;

    public OtlpLogBatch(Worker worker, OtlpLogSink sink)
    {
        _worker = worker;
        _sink = sink;
        _timer = new LoopTimer(worker.Loop.Timers, this);
    }

    /// <summary>Where the next record is written, between <see cref="Begin"/> and <see cref="End"/>.</summary>
    public ByteBuffer Records { get; } = new(4096);

    public int Begin() => Records.Open(2);

    public void End(int mark)
    {
        Records.Close(mark);
        _count++;
        if (Records.Length >= _sink.FlushBytes)
        {
            Flush();
        }
        else if (!_timer.IsStarted)
        {
            _timer.Start(Math.Max(1, _sink.FlushNanos / 1_000_000));
        }
    }

    void ITimerTarget.OnTimer(LoopTimer timer) => Flush();

    /// <summary>One <c>ExportLogsServiceRequest</c> with all records.</summary>
    private void Flush()
    {
        _timer.Stop();
        var count = _count;
        if (count == 0)
        {
            return;
        }

        if (_inFlight >= InFlightMax)
        {
            _sink.Stats.Add(_worker.Index, _sink.Dropped, count);
        }
        else
        {
            _message.Clear();
            var logs = _message.Open(1);
            _message.WriteBytesAlways(1, _sink.Resource);
            _message.WriteBytes(2, Records.Written);
            _message.Close(logs);
            _inFlight++;
            ExportCall.Send(_worker, _sink.Target, _message.Written, (_, taken) =>
            {
                _inFlight--;
                _sink.Stats.Add(_worker.Index, taken ? _sink.Written : _sink.Dropped, count);
            });
        }

        Records.Clear();
        _count = 0;
    }
}
