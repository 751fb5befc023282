using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Tracing.Zipkin;

/// <summary>Sends spans to a Zipkin collector; statistics below <c>tracing.zipkin.</c>.</summary>
internal sealed class ZipkinExporter(StatsStore stats, int workerCount)
    : SpanExporter(stats.GetScope("tracing.zipkin.", StatLayout.Empty), workerCount, "reports_skipped_no_cluster")
{
    private const int Accepted = 202;

    /// <summary>The protobuf form in place of JSON.</summary>
    public bool IsProto { get; init; }

    public override string MinSpansKey => "tracing.zipkin.min_flush_spans";

    public override string IntervalKey => "tracing.zipkin.flush_interval_ms";

    public override void WriteMessage(ByteBuffer output, ReadOnlySpan<byte> spans)
    {
        if (IsProto)
        {
            output.Write(spans);
            return;
        }

        output.Write((byte)'[');
        output.Write(spans);
        output.Write((byte)']');
    }

    public override void OnAnswer(int worker, int status, bool taken) =>
        Stats.Add(worker, Stats.GetOrAdd(
            status == 0 ? "reports_failed" : status == Accepted ? "reports_sent" : "reports_dropped"));
}
