using Lateen.Proxy.Exports;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Tracing.Otel;

/// <summary>Sends spans as OTLP over gRPC or HTTP; statistics below <c>tracing.opentelemetry.</c>.</summary>
internal sealed class OtelExporter(StatsStore stats, int workerCount)
    : SpanExporter(stats.GetScope("tracing.opentelemetry.", StatLayout.Empty), workerCount, "spans_dropped")
{
    /// <summary>The encoded <c>Resource</c>.</summary>
    public required byte[] Resource { get; init; }

    /// <summary>The encoded <c>InstrumentationScope</c>.</summary>
    public required byte[] Scope { get; init; }

    public override string MinSpansKey => "tracing.opentelemetry.min_flush_spans";

    public override string IntervalKey => "tracing.opentelemetry.flush_interval_ms";

    /// <summary>An <c>ExportTraceServiceRequest</c>.</summary>
    public override void WriteMessage(ByteBuffer output, ReadOnlySpan<byte> spans)
    {
        var resourceSpans = output.Open(1);
        output.WriteBytesAlways(1, Resource);
        var scopeSpans = output.Open(2);
        output.WriteBytes(1, Scope);
        output.Write(spans);
        output.Close(scopeSpans);
        output.Close(resourceSpans);
    }

    public override void OnSent(int worker)
    {
        if (!Target.IsGrpc)
        {
            Stats.Add(worker, Stats.GetOrAdd("http_reports_sent"));
        }
    }

    public override void OnAnswer(int worker, int status, bool taken)
    {
        if (!Target.IsGrpc)
        {
            Stats.Add(worker, Stats.GetOrAdd(taken ? "http_reports_success" : "http_reports_failed"));
        }
    }
}
