using System.Text;
using Lateen.Proxy.AccessLog.Otlp;
using Lateen.Proxy.Exports;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Stats.Sinks;

/// <summary>OTLP metrics over gRPC or HTTP. Source: <c>stat_sinks.open_telemetry.v3.SinkConfig</c>.</summary>
internal sealed class OtlpMetricsSink(DateTimeOffset startedAt) : WorkerSink
{
    private const int Delta = 1;
    private const int Cumulative = 2;

    public required ExportTarget Target { get; init; }

    /// <summary>The encoded <c>Resource</c>.</summary>
    public required byte[] Resource { get; init; }

    public bool CountersAreDeltas { get; init; }

    public bool HistogramsAreDeltas { get; init; }

    public bool EmitsTags { get; init; } = true;

    public bool UsesExtractedNames { get; init; } = true;

    /// <summary>With a final dot; empty: none.</summary>
    public string Prefix { get; init; } = "";

    protected override IEnumerable<byte[]> Encode(StatsSnapshot snapshot)
    {
        var output = new ByteBuffer(16 * 1024);
        var resourceMetrics = output.Open(1);
        output.WriteBytesAlways(1, Resource);
        var scope = output.Open(2);
        // Points of one name belong to one metric.
        foreach (var group in snapshot.Samples.GroupBy(stat => (stat.Sample.Kind, Name: NameOf(stat))))
        {
            if (group.Key.Kind != StatKind.TextReadout)
            {
                WriteMetric(output, group.Key.Name, group.Key.Kind, group, snapshot);
            }
        }
        output.Close(scope);
        output.Close(resourceMetrics);
        return [output.ToArray()];
    }

    protected override void Send(Worker worker, byte[] message) =>
        ExportCall.Send(worker, Target, message, static (_, _) => { });

    private string NameOf(FlushedStat stat) =>
        Prefix + (UsesExtractedNames ? stat.ExtractedName : stat.Sample.Name);

    private void WriteMetric(
        ByteBuffer output, string name, StatKind kind, IEnumerable<FlushedStat> points, StatsSnapshot snapshot)
    {
        var metric = output.Open(2);
        output.WriteText(1, name);
        var data = output.Open(kind switch { StatKind.Gauge => 5, StatKind.Counter => 7, _ => 9 });
        var isDelta = kind == StatKind.Counter ? CountersAreDeltas : HistogramsAreDeltas;
        var start = Nanos(isDelta ? snapshot.PreviousAt : startedAt);
        foreach (var stat in points)
        {
            var point = output.Open(1);
            if (kind == StatKind.Histogram)
            {
                WriteHistogram(output, stat, isDelta, start, Nanos(snapshot.TakenAt));
            }
            else
            {
                if (kind == StatKind.Counter)
                {
                    output.WriteFixed64(2, start);
                }
                output.WriteFixed64(3, Nanos(snapshot.TakenAt));
                output.WriteFixed64Always(
                    6, (ulong)(kind == StatKind.Counter && isDelta ? stat.Delta : stat.Sample.Value));
                WriteTags(output, 7, stat);
            }
            output.Close(point);
        }
        if (kind != StatKind.Gauge)
        {
            output.WriteInt(2, isDelta ? Delta : Cumulative);
        }
        if (kind == StatKind.Counter)
        {
            output.WriteBool(3, true);
        }
        output.Close(data);
        output.Close(metric);
    }

    private void WriteHistogram(ByteBuffer output, FlushedStat stat, bool isDelta, ulong start, ulong at)
    {
        var cells = (isDelta ? stat.Interval : stat.Sample.Histogram)!;
        output.WriteFixed64(2, start);
        output.WriteFixed64(3, at);
        output.WriteFixed64(4, (ulong)cells.Count);
        output.WriteDoubleAlways(5, cells.Sum);
        var counts = output.Open(6);
        long before = 0;
        for (var i = 0; i < cells.Bounds.Length; i++)
        {
            var sum = cells.CumulativeCount(i);
            output.WriteRaw64((ulong)(sum - before));
            before = sum;
        }
        output.WriteRaw64((ulong)(cells.Count - before));
        output.Close(counts);
        var bounds = output.Open(7);
        foreach (var bound in cells.Bounds)
        {
            output.WriteRaw64(BitConverter.DoubleToUInt64Bits(bound));
        }
        output.Close(bounds);
        WriteTags(output, 9, stat);
    }

    private void WriteTags(ByteBuffer output, int field, FlushedStat stat)
    {
        foreach (var (key, value) in EmitsTags ? stat.Tags : [])
        {
            OtlpTemplate.WritePair(output, field, Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value));
        }
    }

    private static ulong Nanos(DateTimeOffset at) => (ulong)(at - DateTimeOffset.UnixEpoch).Ticks * 100;
}
