using Lateen.Proxy.Exports;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Tracing;

/// <summary>How a tracer's spans are framed, sent and counted.</summary>
internal abstract class SpanExporter
{
    private readonly SpanBatch?[] _workers;

    protected SpanExporter(StatsScope stats, int workerCount, string skippedName)
    {
        _workers = new SpanBatch?[workerCount + 1];
        Stats = stats;
        SpansSent = stats.GetOrAdd("spans_sent");
        TimerFlushed = stats.GetOrAdd("timer_flushed");
        ReportsSkipped = stats.GetOrAdd(skippedName);
    }

    public required ExportTarget Target { get; init; }

    public StatsScope Stats { get; }

    public int SpansSent { get; }

    public int TimerFlushed { get; }

    /// <summary>Counts batches that had nowhere to go.</summary>
    public int ReportsSkipped { get; }

    /// <summary>Runtime key of how many spans are sent at once; 5 by default.</summary>
    public abstract string MinSpansKey { get; }

    /// <summary>Runtime key of the milliseconds after which fewer are sent; 5,000 by default.</summary>
    public abstract string IntervalKey { get; }

    /// <summary>Makes the body of a request out of encoded spans.</summary>
    public abstract void WriteMessage(ByteBuffer output, ReadOnlySpan<byte> spans);

    public virtual void OnSent(int worker)
    {
    }

    public virtual void OnAnswer(int worker, int status, bool taken)
    {
    }

    public SpanBatch Of(Worker worker) => _workers[worker.Index] ??= new SpanBatch(worker, this);
}
