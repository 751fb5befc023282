using Lateen.Proxy.Exports;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Stats.Sinks;

/// <summary>The gRPC metrics service: Prometheus' metric families on a stream. Source:
/// <c>service.metrics.v3.MetricsService/StreamMetrics</c>.</summary>
internal sealed class MetricsServiceSink : WorkerSink
{
    private static readonly double[] Quantiles = [0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 1];

    private GrpcOutput? _output;

    public required ExportTarget Target { get; init; }

    /// <summary>The encoded <c>Identifier</c>.</summary>
    public required byte[] Identifier { get; init; }

    public bool ReportsDeltas { get; init; }

    public bool EmitsLabels { get; init; }

    public bool EmitsSummaries { get; init; } = true;

    public bool EmitsHistograms { get; init; } = true;

    /// <summary>Families in a message; zero: all.</summary>
    public int BatchSize { get; init; }

    protected override IEnumerable<byte[]> Encode(StatsSnapshot snapshot)
    {
        var output = new ByteBuffer(16 * 1024);
        var count = 0;
        var at = snapshot.TakenAt.ToUnixTimeMilliseconds();
        foreach (var stat in snapshot.Samples)
        {
            count += Write(output, stat, at);
            if (BatchSize > 0 && count >= BatchSize)
            {
                yield return output.ToArray();
                output.Clear();
                count = 0;
            }
        }
        if (count > 0)
        {
            yield return output.ToArray();
        }
    }

    protected override void Send(Worker worker, byte[] message)
    {
        _output ??= new GrpcOutput(worker, Target);
        if (!_output.IsFirst)
        {
            _output.TrySend(message);
            return;
        }
        var first = new ByteBuffer(message.Length + Identifier.Length + 8);
        first.WriteBytesAlways(1, Identifier);
        first.Write(message);
        _output.TrySend(first.Written);
    }

    /// <summary>Writes families as field 2; returns how many.</summary>
    private int Write(ByteBuffer output, FlushedStat stat, long at)
    {
        var sample = stat.Sample;
        switch (sample.Kind)
        {
            case StatKind.Counter:
                WriteSimple(output, stat, at, 0, 3, ReportsDeltas ? stat.Delta : sample.Value);
                return 1;
            case StatKind.Gauge:
                WriteSimple(output, stat, at, 1, 2, sample.Value);
                return 1;
            case StatKind.Histogram when stat.Interval is { } interval:
                if (EmitsSummaries)
                {
                    WriteSummary(output, stat, at, interval);
                }
                if (EmitsHistograms)
                {
                    WriteHistogram(output, stat, at, interval);
                }
                return (EmitsSummaries ? 1 : 0) + (EmitsHistograms ? 1 : 0);
            default:
                return 0;
        }
    }

    private void WriteSimple(ByteBuffer output, FlushedStat stat, long at, int type, int field, long value)
    {
        var family = Begin(output, stat, type, out var metric);
        var inner = output.Open(field);
        output.WriteDoubleAlways(1, value);
        output.Close(inner);
        End(output, family, metric, at);
    }

    private void WriteSummary(ByteBuffer output, FlushedStat stat, long at, HistogramCells cells)
    {
        var family = Begin(output, stat, 2, out var metric);
        var summary = output.Open(4);
        output.WriteInt(1, cells.Count);
        output.WriteDouble(2, cells.Sum);
        foreach (var q in Quantiles)
        {
            var quantile = output.Open(3);
            output.WriteDoubleAlways(1, q);
            output.WriteDoubleAlways(2, cells.Quantile(q));
            output.Close(quantile);
        }
        output.Close(summary);
        End(output, family, metric, at);
    }

    private void WriteHistogram(ByteBuffer output, FlushedStat stat, long at, HistogramCells cells)
    {
        var family = Begin(output, stat, 4, out var metric);
        var histogram = output.Open(7);
        output.WriteInt(1, cells.Count);
        output.WriteDouble(2, cells.Sum);
        for (var i = 0; i < cells.Bounds.Length; i++)
        {
            var bucket = output.Open(3);
            output.WriteInt(1, cells.CumulativeCount(i));
            output.WriteDouble(2, cells.Bounds[i]);
            output.Close(bucket);
        }
        output.Close(histogram);
        End(output, family, metric, at);
    }

    private int Begin(ByteBuffer output, FlushedStat stat, int type, out int metric)
    {
        var family = output.Open(2);
        output.WriteText(1, EmitsLabels ? stat.ExtractedName : stat.Sample.Name);
        output.WriteVarint(3 << 3);
        output.WriteVarint((ulong)type);
        metric = output.Open(4);
        foreach (var (key, value) in EmitsLabels ? stat.Tags : [])
        {
            var label = output.Open(1);
            output.WriteText(1, key);
            output.WriteText(2, value);
            output.Close(label);
        }
        return family;
    }

    private static void End(ByteBuffer output, int family, int metric, long at)
    {
        output.WriteInt(6, at);
        output.Close(metric);
        output.Close(family);
    }
}
