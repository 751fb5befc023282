using Lateen.Net;
using Lateen.Proxy.Exports;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Tracing;

/// <summary>Encoded spans of one worker that wait to be sent: until there are enough, or for some time.</summary>
internal sealed class SpanBatch : ITimerTarget
{
    /// <summary>Requests on their way at most; spans that come then are dropped.</summary>
    private const int InFlightMax = 16;

    private readonly Worker _worker;
    private readonly SpanExporter _exporter;
    private readonly LoopTimer _timer;
    private int _inFlight;

    public SpanBatch(Worker worker, SpanExporter exporter)
    {
        _worker = worker;
        _exporter = exporter;
        _timer = new LoopTimer(worker.Loop.Timers, this);
    }

    /// <summary>Where a span is written; then <see cref="Added"/> is called.</summary>
    public ByteBuffer Spans { get; } = new(4096);

    public int Count { get; private set; }

    public void Added()
    {
        Count++;
        var runtime = RuntimeSettings.Current;
        if (Count >= runtime.GetNumber(_exporter.MinSpansKey, 5))
        {
            Flush();
        }
        else if (!_timer.IsStarted)
        {
            StartTimer();
        }
    }

    private void StartTimer() =>
        _timer.Start(Math.Max(1, (long)RuntimeSettings.Current.GetNumber(_exporter.IntervalKey, 5000)));

    void ITimerTarget.OnTimer(LoopTimer timer)
    {
        _exporter.Stats.Add(_worker.Index, _exporter.TimerFlushed);
        Flush();
        StartTimer();
    }

    private void Flush()
    {
        if (Count == 0)
        {
            return;
        }

        var stats = _exporter.Stats;
        stats.Add(_worker.Index, _exporter.SpansSent, Count);
        if (_exporter.Target.Cluster.Current is null || _inFlight >= InFlightMax)
        {
            stats.Add(_worker.Index, _exporter.ReportsSkipped);
        }
        else
        {
            var message = Scratch.Formatted;
            _exporter.WriteMessage(message, Spans.Written);
            _inFlight++;
            _exporter.OnSent(_worker.Index);
            ExportCall.Send(_worker, _exporter.Target, message.Written, (status, taken) =>
            {
                _inFlight--;
                _exporter.OnAnswer(_worker.Index, status, taken);
            });
        }

        Spans.Clear();
        Count = 0;
    }
}
